// The string formats that custom schemas may enforce (kube-openapi strfmt). Formats that are not here are not enforced, as upstream.
import { isIPv4, isIPv6 } from 'node:net'
import { dns1123Label, dns1123Subdomain } from '../validation/names.ts'

const matches =
  (pattern: RegExp) =>
  (text: string): boolean =>
    pattern.test(text)

/** One label, or labels that end in a domain of letters. */
const HOSTNAME =
  /^([\p{L}\p{S}0-9](-?[\p{L}\p{S}0-9]{0,62})?|([\p{L}\p{S}0-9]([\p{L}\p{S}0-9-]{0,61}[\p{L}\p{S}0-9])?\.)+\p{L}{2,63})$/u
const uuid = (version: string, variant: string): RegExp =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}-?${variant}-?[0-9a-f]{12}$`, 'i')

/** Checks by name, dashes left out. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: matches(/^[0-9a-f]{24}$/i),
  uri: isUri,
  email: matches(/^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/),
  hostname: (text) => text.length <= 255 && HOSTNAME.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: matches(/^([0-9a-f]{2}([:-][0-9a-f]{2}){5,7}|[0-9a-f]{4}(\.[0-9a-f]{4}){2,3})$/i),
  uuid: matches(uuid('[0-9a-f]{4}', '[0-9a-f]{4}')),
  uuid3: matches(uuid('3[0-9a-f]{3}', '[0-9a-f]{4}')),
  uuid4: matches(uuid('4[0-9a-f]{3}', '[89ab][0-9a-f]{3}')),
  uuid5: matches(uuid('5[0-9a-f]{3}', '[89ab][0-9a-f]{3}')),
  hexcolor: matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(/^rgb\(\s*\d{1,3}\s*(,\s*\d{1,3}\s*){2}\)$/),
  ssn: matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  byte: matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
  password: () => true,
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && isTime(`${text}T00:00:00Z`),
  duration: isDuration,
  datetime: (text) =>
    /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:?\d{2})$/.test(text) &&
    isTime(`${text.slice(0, 19).replace(/[t ]/, 'T')}Z`),
  k8sshortname: (text) => dns1123Label(text).length === 0,
  k8slongname: (text) => dns1123Subdomain(text).length === 0,
}

/** Whether a text has a format; undefined for a format that is not enforced. */
export function hasFormat(text: string, format: string): boolean | undefined {
  return FORMATS[format.replaceAll('-', '')]?.(text)
}

/** A date that exists: the 31st of April does not. */
function isTime(text: string): boolean {
  const time = Date.parse(text)
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 19) === text.slice(0, 19)
}

function isUri(text: string): boolean {
  if (text.startsWith('/')) return !/\s/.test(text)
  return /^[a-zA-Z][a-zA-Z0-9+.-]*:[^\s]+$/.test(text) && URL.canParse(text)
}

function isCidr(text: string): boolean {
  const match = /^(.+)\/(\d{1,3})$/.exec(text)
  const [address = '', bits = ''] = match ? [match[1], match[2]] : []
  return (isIPv4(address) && Number(bits) <= 32) || (isIPv6(address) && Number(bits) <= 128)
}

/** Go's form (`1h30m`), or a number and a unit in words (`22 seconds`). */
function isDuration(text: string): boolean {
  if (/^[-+]?((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(text) || text === '0') return true
  return /^\d+\s*(ns|nanos?|nanoseconds?|us|µs|micros?|microseconds?|ms|millis?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?)$/.test(
    text,
  )
}
