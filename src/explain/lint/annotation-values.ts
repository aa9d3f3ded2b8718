// What injection cannot read in the values of Istio's annotations.
import ipaddr from 'ipaddr.js'

type Check = (value: string) => string | undefined

const listOf =
  (item: Check, ...words: readonly string[]): Check =>
  (value) =>
    value === '' || words.includes(value)
      ? undefined
      : value
          .split(',')
          .map((one) => item(one.trim()))
          .find((problem) => problem !== undefined)

const port: Check = (text) =>
  /^\d+$/.test(text) && Number(text) <= 65_535 ? undefined : `${text || 'an empty item'} is no port`
const range: Check = (text) =>
  ipaddr.isValidCIDR(text) ? undefined : `${text || 'an empty item'} is no range such as 10.0.0.0/8`
const oneOf =
  (...words: readonly string[]): Check =>
  (text) =>
    words.includes(text) ? undefined : `only ${words.join(', ')} are known`

const BOOLEAN = oneOf('true', 'false')
const PORTS = listOf(port, '*')
const RANGES = listOf(range, '*')

const CHECKS: Readonly<Record<string, Check>> = {
  'sidecar.istio.io/inject': BOOLEAN,
  'sidecar.istio.io/rewriteAppHTTPProbers': BOOLEAN,
  'sidecar.istio.io/enableCoreDump': BOOLEAN,
  'sidecar.istio.io/interceptionMode': oneOf('REDIRECT', 'TPROXY', 'NONE'),
  'traffic.sidecar.istio.io/includeInboundPorts': PORTS,
  'traffic.sidecar.istio.io/excludeInboundPorts': PORTS,
  'traffic.sidecar.istio.io/includeOutboundPorts': PORTS,
  'traffic.sidecar.istio.io/excludeOutboundPorts': PORTS,
  'traffic.sidecar.istio.io/includeOutboundIPRanges': RANGES,
  'traffic.sidecar.istio.io/excludeOutboundIPRanges': RANGES,
  'status.sidecar.istio.io/port': port,
}

/** What is wrong with the value of an annotation, if anything is. */
export const annotationProblem = (name: string, value: string): string | undefined => CHECKS[name]?.(value)
