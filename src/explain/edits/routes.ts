// Edits that give a host or a path a way: hosts of Gateway servers and VirtualServices, matches, paths of Ingresses.

import type { Gateway, GatewayServer } from '../../resources/gateway.ts'
import type { Ingress } from '../../resources/ingress.ts'
import { GATEWAY, INGRESS, VIRTUAL_SERVICE } from '../../resources/kinds.ts'
import { getOf, listOf, type Resource, type Snapshot } from '../../resources/snapshot.ts'
import type { HttpMatch, VirtualService } from '../../resources/virtual-service.ts'
import type { Hop, Trace } from '../hop.ts'
import { covered } from '../select.ts'
import { append, type Edit, edit } from './edit.ts'
import { resourceAt } from './resource-at.ts'

interface ServerAt {
  readonly gateway: Resource<Gateway>
  readonly server: GatewayServer
  readonly field: string
}

const serversOf = (gateway: Resource<Gateway>): readonly ServerAt[] =>
  (gateway.object.spec?.servers ?? []).map((server, index) => ({
    gateway,
    server,
    field: `spec.servers[${index}]`,
  }))

/** The dnsName of `[namespace/]dnsName`. */
const bare = (host: string): string => host.slice(host.indexOf('/') + 1).toLowerCase()
const names = ({ server }: ServerAt, host: string): boolean =>
  (server.hosts ?? []).some((one) => covered(bare(one), host))

/** A Gateway's server that the hop was made by, as it is written. */
function serverOf({ chain, listener }: Hop, snapshot: Snapshot): ServerAt | undefined {
  const origin = chain?.origin ?? listener.origin
  const gateway = resourceAt<Gateway>(snapshot, origin)
  if (gateway?.object.kind !== GATEWAY.kind) return undefined
  return serversOf(gateway).find(({ field }) => origin.field?.startsWith(field))
}

/** No chain takes the server name: the server that has it is no TLS server of ours, or no server has it. */
export function serveName(hop: Hop, sni: string | undefined, snapshot: Snapshot): Edit | undefined {
  if (sni !== undefined) {
    const written = listOf<Gateway>(snapshot, GATEWAY).flatMap(serversOf)
    const silent = written.find(
      (one) => names(one, sni) && one.server.tls?.credentialName && !one.server.tls.mode,
    )
    if (silent)
      return {
        ...edit(silent.gateway, `${silent.field}.tls.mode`, modeFor(silent, snapshot)),
        advice:
          'The server has a credential but no mode, which means PASSTHROUGH: write how TLS is terminated.',
      }
    // A server that has it and is not there was left out for another reason, which its diagnostic tells.
    if (written.some((one) => names(one, sni))) return undefined
  }
  const server = serverOf(hop, snapshot)
  return server && append(server.gateway, `${server.field}.hosts`, sni ?? '*')
}

/** MUTUAL where a client CA was put beside the credential. */
function modeFor({ server }: ServerAt, snapshot: Snapshot): 'MUTUAL' | 'SIMPLE' {
  const ca = `/${server.tls?.credentialName}-cacert`
  return [...snapshot.pem.keys()].some((key) => key.startsWith('Secret ') && key.endsWith(ca))
    ? 'MUTUAL'
    : 'SIMPLE'
}

/** The chain has no virtual host for the authority: the server lacks it, or no VirtualService brings it here. */
export function serveHost(hop: Hop, host: string, snapshot: Snapshot): Edit | undefined {
  const server = serverOf(hop, snapshot)
  if (!server) return undefined
  if (!names(server, host)) return append(server.gateway, `${server.field}.hosts`, host)
  const { metadata } = server.gateway.object
  const bound = listOf<VirtualService>(snapshot, VIRTUAL_SERVICE).find(({ object }) =>
    (object.spec?.gateways ?? []).some(
      (one) =>
        one === `${metadata.namespace}/${metadata.name}` ||
        (one === metadata.name && object.metadata.namespace === metadata.namespace),
    ),
  )
  return bound && append(bound, 'spec.hosts', host)
}

/** No route matches: the nearest one that fails on something that can be written gets another match. */
export function serveRequest(hop: Hop, { request }: Trace, snapshot: Snapshot): Edit | undefined {
  const near = hop.nearMisses.find(({ mismatch }) => mismatch.condition === 'path') ?? hop.nearMisses[0]
  const resource = near && resourceAt(snapshot, near.origin)
  if (!near || !resource) return undefined
  const path = request.target.split('?', 1)[0] ?? '/'
  const { field = '' } = near.origin
  if (resource.object.kind === 'Ingress') return ingressPath(resource as Resource<Ingress>, field, path)
  const [, route] = /^spec\.http\[(\d+)\]/.exec(field) ?? []
  const matches = (resource.object as VirtualService).spec?.http?.[Number(route)]?.match
  const match = matches?.[Number(/match\[(\d+)\]/.exec(field)?.[1] ?? 0)]
  const wanted = match && adapted(match, near.mismatch.condition, request.method, path)
  return wanted && append(resource, `spec.http[${route}].match`, wanted)
}

function adapted(match: HttpMatch, condition: string, method: string, path: string): HttpMatch | undefined {
  if (condition === 'path') return { ...match, uri: { prefix: path } }
  return condition === 'method' ? { ...match, method: { exact: method } } : undefined
}

function ingressPath(ingress: Resource<Ingress>, field: string, path: string): Edit | undefined {
  const [, rule, index] = /^spec\.rules\[(\d+)\]\.http\.paths\[(\d+)\]/.exec(field) ?? []
  const like = ingress.object.spec?.rules?.[Number(rule)]?.http?.paths?.[Number(index)]
  return like && append(ingress, `spec.rules[${rule}].http.paths`, { ...like, path })
}

/** TLS at the load balancer for a host of an Ingress; which secret it is to show is the user's to say. */
export function terminate(host: string, snapshot: Snapshot): Edit | undefined {
  const ingress = listOf<Ingress>(snapshot, INGRESS).find(({ object }) =>
    (object.spec?.rules ?? []).some((rule) => rule.host !== undefined && covered(rule.host, host)),
  )
  return (
    ingress && {
      origin: ingress.origin('spec.tls'),
      lines: [
        '  tls:',
        '+ - hosts:',
        `+   - ${host}`,
        `+   secretName: # a Secret of type kubernetes.io/tls for ${host}`,
      ],
    }
  )
}

/** An injected abort is taken away with the fault that has it. */
export function withoutFault(hop: Hop, snapshot: Snapshot): Edit | undefined {
  const { object, field = '' } = hop.route?.origin ?? {}
  const route = /^spec\.http\[\d+\]/.exec(field)?.[0]
  const resource = object && getOf(snapshot, VIRTUAL_SERVICE, object.name, object.namespace)
  return resource && route ? edit(resource, `${route}.fault`) : undefined
}
