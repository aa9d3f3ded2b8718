// The authorizer that a CUSTOM policy names, from the mesh configuration (istio.md 4).
import type { Code } from '../../diagnostics/catalogue.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import type { Authorizer } from '../../ir/authorizer.ts'
import type { StringMatch } from '../../ir/match.ts'
import type { ExtAuthzHttpProvider, ExtAuthzProvider } from '../../resources/telemetry.ts'
import { demandText, demandTexts } from '../demand.ts'
import type { Read } from '../graph/query.ts'
import { outboundCluster } from '../istio/destination.ts'
import { parseDuration } from '../istio/duration.ts'
import { meshConfig, placeOf, providerNamed } from '../telemetry/mesh-config.ts'

/** Why there is none; whoever asked for one must refuse. */
export interface NoAuthorizer {
  readonly code: Code
  readonly message: string
}

/** Istio's placeholder for no limit. */
const TIMEOUT_MS = 600_000

/** Names of header fields, with `*` at one end. */
function names(values: unknown, field: string): readonly StringMatch[] {
  return demandTexts(values, field).map((value): StringMatch => {
    const name = value.toLowerCase()
    if (name === '*') return { kind: 'present' }
    if (name.endsWith('*')) return { kind: 'prefix', value: name.slice(0, -1) }
    if (name.startsWith('*')) return { kind: 'suffix', value: name.slice(1) }
    return { kind: 'exact', value: name }
  })
}

function statusOf({ statusOnError }: ExtAuthzProvider): number {
  const status = Number(statusOnError ?? 403)
  return Number.isInteger(status) && status >= 200 && status < 600 ? status : 403
}

function bodyOf({ includeRequestBodyInCheck: wanted }: ExtAuthzProvider): Pick<Authorizer, 'body'> {
  if (wanted === undefined || !wanted.maxRequestBytes) return {}
  return {
    body: {
      maxBytes: wanted.maxRequestBytes,
      allowPartial: wanted.allowPartialMessage === true,
      packAsBytes: wanted.packAsBytes === true,
    },
  }
}

function httpPart(http: ExtAuthzHttpProvider, field: string) {
  const added = Object.entries(http.includeAdditionalHeadersInCheck ?? {})
  return {
    pathPrefix: http.pathPrefix ?? '',
    requestHeaders: [
      ...names(http.includeRequestHeadersInCheck, `${field} includeRequestHeadersInCheck`),
      ...names(http.includeHeadersInCheck, `${field} includeHeadersInCheck`),
    ],
    addHeaders: added
      .map(([name, value]): readonly [string, string] => [name.toLowerCase(), demandText(value, field)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    upstreamOnAllow: names(http.headersToUpstreamOnAllow, `${field} headersToUpstreamOnAllow`),
    downstreamOnDeny: names(http.headersToDownstreamOnDeny, `${field} headersToDownstreamOnDeny`),
    downstreamOnAllow: names(http.headersToDownstreamOnAllow, `${field} headersToDownstreamOnAllow`),
  }
}

/** The authorizer of a name, or why there is none. Throws for a provider that is not what its schema says. */
export function authorizerNamed(read: Read, name: string, origin: Origin): Authorizer | NoAuthorizer {
  const { config } = read(meshConfig, '')
  const provider = providerNamed(config, name)
  const { envoyExtAuthzHttp: http, envoyExtAuthzGrpc: grpc } = provider ?? {}
  const settings = http ?? grpc
  if (settings === undefined) {
    const known = (config.extensionProviders ?? [])
      .filter((one) => one.envoyExtAuthzHttp ?? one.envoyExtAuthzGrpc)
      .map((one) => one.name)
    const there = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`
    const message = `The mesh configuration has no external authorizer ${JSON.stringify(name)}; ${there}. The policy denies everything.`
    return { code: 'SP0610', message }
  }
  const field = `extensionProviders ${name}`
  const { host, port, known } = placeOf(read, settings, field)
  if (!known) {
    const message = `No Service has the host ${host} and port ${port} of authorizer ${name}. The policy denies everything.`
    return { code: 'SP0610', message }
  }
  return {
    name,
    protocol: http === undefined ? 'grpc' : 'http',
    cluster: outboundCluster(port, '', host),
    timeoutMs: parseDuration(settings.timeout ?? '') ?? TIMEOUT_MS,
    failOpen: settings.failOpen === true,
    statusOnError: statusOf(settings),
    ...bodyOf(settings),
    ...httpPart(http ?? {}, field),
    origin,
  }
}
