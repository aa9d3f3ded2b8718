// Which servers share which listener of a gateway workload, and which must give way (istio.md 1, "Hosts, merging, conflicts").
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Bind } from '../../ir/listener.ts'
import { query, type Read } from '../graph/query.ts'
import { type Listen, listenFor } from '../workload/listen.ts'
import { gatewayServers, gatewaysFor, type Server } from './servers.ts'

export interface PlannedListener {
  /** `0.0.0.0_8443`. */
  readonly name: string
  readonly binds: readonly Bind[]
  readonly servers: readonly Server[]
}

export interface GatewayPlan {
  readonly listeners: readonly PlannedListener[]
  readonly diagnostics: readonly Diagnostic[]
}

const isTls = (server: Server): boolean =>
  server.kind === 'https' || server.kind === 'tls' || server.kind === 'passthrough'

const SPOKEN: Readonly<Record<Server['kind'], string>> = {
  http: 'HTTP',
  https: 'HTTPS',
  tls: 'TLS',
  passthrough: 'TLS',
  tcp: 'TCP',
}

interface Draft {
  readonly name: string
  readonly binds: readonly Bind[]
  readonly servers: Server[]
  readonly taken: Map<string, Server>
}

/** Why a server cannot join the listener, or nothing. */
function conflict(draft: Draft, server: Server): Diagnostic | undefined {
  const [first] = draft.servers
  if (first === undefined) return undefined
  if (isTls(first) !== isTls(server) || (!isTls(server) && first.kind !== server.kind)) {
    return diagnostic(
      'SP0402',
      server.origin,
      `Port ${server.port} of the proxy is taken by the server "${first.portName}" of Gateway ${first.gateway}, which speaks ${SPOKEN[first.kind]}; "${server.portName}" of Gateway ${server.gateway}, which speaks ${SPOKEN[server.kind]}, is left out.`,
      { related: [{ message: 'The server that has the port.', origin: first.origin }] },
    )
  }
  if (!isTls(server)) return undefined
  for (const { name } of server.hosts) {
    const owner = draft.taken.get(name)
    if (owner === undefined) continue
    return diagnostic(
      'SP0401',
      server.origin,
      `Host ${name} on port ${server.port} already belongs to Gateway ${owner.gateway}; this server of Gateway ${server.gateway} is left out as a whole.`,
      { related: [{ message: 'The server that has the host.', origin: owner.origin }] },
    )
  }
  return undefined
}

function listenOf(read: Read, proxyKey: string, server: Server): Listen {
  if (server.bind === undefined) return listenFor(read, proxyKey, server.port)
  return { port: server.port, binds: [{ address: server.bind, port: server.port }], offered: true }
}

/** The listeners of a gateway workload (`gateway namespace name`) with the servers on each. */
export const gatewayPlan = query<GatewayPlan>('gateway-plan', (read, proxyKey) => {
  const drafts = new Map<string, Draft>()
  const diagnostics: Diagnostic[] = []
  for (const server of read(gatewaysFor, proxyKey).flatMap((key) => read(gatewayServers, key).servers)) {
    const listen = listenOf(read, proxyKey, server)
    const name = `${server.bind ?? '0.0.0.0'}_${listen.port}`
    const draft: Draft = drafts.get(name) ?? { name, binds: listen.binds, servers: [], taken: new Map() }
    const problem = conflict(draft, server)
    if (problem !== undefined) {
      diagnostics.push(problem)
      continue
    }
    if (!listen.offered) {
      const message = `No Service in front of ${proxyKey.split(' ')[2]} has port ${server.port}; it is reached at the pods' addresses only.`
      diagnostics.push(diagnostic('SP0406', server.origin, message))
    }
    drafts.set(name, draft)
    draft.servers.push(server)
    for (const { name: host } of server.hosts) if (isTls(server)) draft.taken.set(host, server)
  }
  return {
    listeners: [...drafts.values()].map(({ name, binds, servers }) => ({ name, binds, servers })),
    diagnostics,
  }
})
