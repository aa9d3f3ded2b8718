// The next connection: a proxy becomes the client of the endpoint it chose.
import type { Cluster, Endpoint } from '../ir/cluster.ts'
import type { Proxy } from '../ir/proxy.ts'
import type { NameMatch, UpstreamTls } from '../ir/tls.ts'
import type { Approach, Flight } from './hop.ts'
import { hostOf } from './select.ts'

/** The TLS context that a cluster uses for an endpoint, if any. */
export function tlsFor(cluster: Cluster, endpoint: Endpoint): UpstreamTls | undefined {
  if (!cluster.tls) return undefined
  return cluster.tls.when === 'always' || endpoint.tlsMode === 'istio' ? cluster.tls.context : undefined
}

const versionTo = ({ protocol }: Cluster, { version }: Flight): Flight['version'] =>
  protocol === 'downstream' ? version : protocol === 'http2' ? 'HTTP/2' : 'HTTP/1.1'

/** The approach that `proxy` makes to `endpoint` with the request as it leaves the proxy. */
export function upstreamClient(
  proxy: Proxy,
  cluster: Cluster,
  endpoint: Endpoint,
  flight: Flight,
  from: Approach,
): Approach {
  const tls = tlsFor(cluster, endpoint)
  const base = {
    address: endpoint.address,
    port: endpoint.port,
    sourceIp: proxy.addresses[0] ?? from.address,
    flight: { ...flight, scheme: tls ? 'https' : 'http', version: versionTo(cluster, flight) },
  }
  if (!tls)
    return {
      ...base,
      opening: { transport: 'plaintext', alpn: [] },
      client: { name: proxy.id, chain: [], trust: 'off', origin: cluster.origin },
    }
  const host = hostOf(flight.authority)
  const sni = typeof tls.sni === 'object' ? host : tls.sni
  const names: readonly NameMatch[] =
    tls.verify !== 'off' && tls.verifyHost && !tls.verify.names?.length ? [{ kind: 'dns', value: host }] : []
  return {
    ...base,
    opening: { transport: 'tls', alpn: tls.alpn, ...(sni === undefined ? {} : { sni }) },
    client: {
      name: proxy.id,
      chain: tls.certificate ? [tls.certificate.leaf, ...(tls.certificate.intermediates ?? [])] : [],
      trust: tls.verify === 'off' ? 'off' : tls.verify.trust.anchors,
      origin: cluster.origin,
      ...(tls.verify === 'off'
        ? {}
        : { verification: names.length > 0 ? { ...tls.verify, names } : tls.verify }),
    },
  }
}

const text = ({ address, port }: Endpoint): string => `${address}:${port}`

/** The endpoint with those that are as good. */
export function endpointsShown(
  { endpoints }: Cluster,
  shown: Endpoint,
): { readonly endpoint: string; readonly others?: readonly string[] } {
  const others = endpoints.filter((one) => one.healthy && one !== shown).map(text)
  return { endpoint: text(shown), ...(others.length > 0 ? { others } : {}) }
}
