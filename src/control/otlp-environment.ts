// The collector that the surroundings name: OpenTelemetry's standard variables for OTLP over HTTP, as its SDKs read them.
import { lookup } from 'node:dns/promises'
import type { Platform } from '../resources/snapshot.ts'
import { UserError } from './user-error.ts'

type Variables = Readonly<Record<string, string | undefined>>

const BASE = 'OTEL_EXPORTER_OTLP_ENDPOINT'
const TRACES = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'

/** Undefined where nothing is set, or tracing is turned off. Throws UserError for what cannot be followed. */
export async function collectorOf(variables: Variables): Promise<Platform['collector']> {
  const own = variables[TRACES]
  const given = own || variables[BASE]
  if (!given || variables['OTEL_SDK_DISABLED'] === 'true' || variables['OTEL_TRACES_EXPORTER'] === 'none') {
    return undefined
  }
  const name = own ? TRACES : BASE
  const url = urlOf(name, given)
  const protocol = variables['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ?? variables['OTEL_EXPORTER_OTLP_PROTOCOL']
  if (protocol === 'grpc') {
    throw new UserError(
      'OTEL_EXPORTER_OTLP_PROTOCOL is grpc, and spans are sent by HTTP only',
      'Set it to http/json, and the endpoint to the HTTP port of the collector (4318).',
    )
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const { address } = await lookup(host).catch((error: Error) => {
    throw new UserError(`the host of ${name} is not known: ${error.message}`, `Correct ${name}.`, error)
  })
  // The general endpoint is a base; that for traces is the whole address (OTLP exporter specification).
  const path = own ? url.pathname : `${url.pathname.replace(/\/$/, '')}/v1/traces`
  return {
    address,
    port: Number(url.port || 80),
    authority: url.host,
    path: `${path}${url.search}`,
    headers: headersOf(
      variables['OTEL_EXPORTER_OTLP_TRACES_HEADERS'] ?? variables['OTEL_EXPORTER_OTLP_HEADERS'],
    ),
    samplePercent: sampleOf(variables),
  }
}

function urlOf(name: string, text: string): URL {
  let url: URL
  try {
    url = new URL(text)
  } catch (error) {
    throw new UserError(`${name} is no URL: ${text}`, 'Write it as http://127.0.0.1:4318.', error)
  }
  if (url.protocol === 'http:') return url
  throw new UserError(
    `${name} has the scheme ${url.protocol.slice(0, -1)}, and spans are sent by http only`,
    'Send them to a collector nearby over http, which passes them on.',
  )
}

/** `key1=value1,key2=value2`, values percent-encoded (W3C Baggage). */
function headersOf(text = ''): readonly (readonly [string, string])[] {
  return text.split(',').flatMap((pair) => {
    const at = pair.indexOf('=')
    return at < 1
      ? []
      : [[pair.slice(0, at).trim().toLowerCase(), decode(pair.slice(at + 1).trim())] as const]
  })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** OpenTelemetry's default samples everything that no parent decides on; here a parent always decides. */
function sampleOf(variables: Variables): number {
  const sampler = variables['OTEL_TRACES_SAMPLER'] ?? 'parentbased_always_on'
  if (sampler.endsWith('always_on')) return 100
  if (sampler.endsWith('always_off')) return 0
  const ratio = Number(variables['OTEL_TRACES_SAMPLER_ARG'] ?? 1)
  if (sampler.endsWith('traceidratio') && ratio >= 0 && ratio <= 1) return ratio * 100
  throw new UserError(
    `OTEL_TRACES_SAMPLER=${sampler} with OTEL_TRACES_SAMPLER_ARG=${variables['OTEL_TRACES_SAMPLER_ARG'] ?? ''} cannot be followed`,
    'Use parentbased_always_on, parentbased_always_off, or parentbased_traceidratio with an argument from 0 to 1.',
  )
}
