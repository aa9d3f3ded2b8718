// Walks one request through the model, hop by hop, without sending anything. The result is data; terminal, JSON and dashboard render the same value.
import type { Endpoint } from '../ir/cluster.ts'
import type { FilterChain, Listener, TcpProxy } from '../ir/listener.ts'
import type { Model, Proxy } from '../ir/proxy.ts'
import type { VerifySignature } from '../ir/token/judge-tokens.ts'
import type { ResponseFlag } from './flags.ts'
import { shakeHands } from './handshake.ts'
import { type Approach, type Hop, type Outcome, THE_CLIENT, type Trace, type TraceRequest } from './hop.ts'
import { answerHttp } from './http-hop.ts'
import { listenerAt } from './listener-at.ts'
import { selectFilterChain } from './select.ts'
import { spreadOf, usableEndpoint } from './spread.ts'
import { endpointsShown, upstreamClient } from './upstream-client.ts'

/** What surrounds the model. */
export interface TraceContext {
  readonly model: Model
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The address of a name, or undefined when it does not resolve. */
  readonly resolve: (name: string) => string | undefined
  /** What gives a name its address, for people. */
  readonly resolvedBy?: (name: string) => string | undefined
  /** Whether a signature is of a key. Absent: none is, and every token is refused. */
  readonly verifySignature?: VerifySignature
  /** Endpoints behind a Service address that no proxy listens on (kube-proxy's role). */
  readonly service?: (address: string, port: number) => readonly Endpoint[] | undefined
}

const MAX_HOPS = 16

/** Traces a request. Pure; cost is that of the routes tried. */
export function trace(request: TraceRequest, context: TraceContext): Trace {
  const hops: Hop[] = []
  // Inside the cluster a name without a dot is a Service of the caller's namespace.
  const short = request.namespace !== undefined && !request.host.includes('.')
  const name = short ? `${request.host}.${request.namespace}` : request.host
  const address =
    request.via?.address ?? (/^[\d.]+$|:/.test(request.host) ? request.host : context.resolve(name))
  if (address === undefined) {
    const summary = `${request.host} does not resolve`
    const advice = `Check the name: it is no domain, no Service and no host of a door${knownHosts(context.model)}.`
    return { request, hops, outcome: { ...unreachable(-1, summary, advice), cause: 'name-unknown' } }
  }
  const by = request.via ? request.via.by : context.resolvedBy?.(name)
  const outcome = walk(firstApproach(request, address), context, hops)
  return { request, ...(by === undefined ? {} : { name: { address, by } }), hops, outcome }
}

const MOST_HOSTS = 5

/** Some of what the doors serve, for a name that nobody knows. */
function knownHosts({ proxies }: Model): string {
  const hosts = new Set(
    proxies
      .filter(({ kind }) => kind !== 'sidecar')
      .flatMap(({ listeners }) => listeners.flatMap(({ filterChains }) => filterChains))
      .flatMap(({ match, handler }) => [
        ...(match.serverNames ?? []),
        ...(handler.kind === 'http' ? handler.routes.virtualHosts.flatMap(({ domains }) => domains) : []),
      ]),
  )
  const some = [...hosts].slice(0, MOST_HOSTS).join(', ')
  return some === '' ? '' : ` (doors serve ${some}${hosts.size > MOST_HOSTS ? ', …' : ''})`
}

const unreachable = (hop: number, summary: string, advice: string): Outcome => ({
  kind: 'unreachable',
  ok: false,
  hop,
  cause: 'unreachable',
  summary,
  advice,
})

function firstApproach(request: TraceRequest, address: string): Approach {
  const standard = request.scheme === 'https' ? 443 : 80
  const own = request.port === standard ? request.host : `${request.host}:${request.port}`
  const sni = request.sni ?? (/^[\d.]+$/.test(request.host) ? undefined : request.host)
  return {
    address,
    port: request.via?.port ?? request.port,
    opening:
      request.scheme === 'https'
        ? { transport: 'tls', alpn: request.alpn ?? ['h2', 'http/1.1'], ...(sni ? { sni } : {}) }
        : { transport: 'plaintext', alpn: [] },
    client: {
      name: THE_CLIENT,
      chain: request.clientChain,
      trust: request.trust,
      ...(request.clientTaken ? { taken: true as const } : {}),
      ...(sni ? { expects: sni } : {}),
    },
    sourceIp: request.sourceIp,
    flight: {
      method: request.method,
      scheme: request.scheme,
      authority: request.headers.get('host') ?? own,
      target: request.target,
      version: request.scheme === 'http' && request.alpn?.join() === 'h2' ? 'HTTP/2' : 'HTTP/1.1',
      headers: request.headers.without('host'),
      ...(request.bodyBytes ? { bodyBytes: request.bodyBytes } : {}),
    },
  }
}

function walk(approach: Approach, context: TraceContext, hops: Hop[]): Outcome {
  if (hops.length >= MAX_HOPS)
    return unreachable(
      hops.length - 1,
      `the request goes round in circles (${MAX_HOPS} hops)`,
      'Two routes forward to one another.',
    )
  const found = listenerAt(context.model, approach.address, approach.port)
  if (!found) return arrive(approach, context, hops)
  const [proxy, listener] = found
  const base: Hop = {
    proxy: { id: proxy.id, kind: proxy.kind },
    address: approach.address,
    port: approach.port,
    listener: { name: listener.name, origin: listener.origin },
    nearMisses: [],
    policies: [],
    headers: [],
  }
  const index = hops.length
  const chain = selectFilterChain(listener, approach.opening)
  if (!chain) {
    const served = [...new Set(listener.filterChains.flatMap(({ match }) => match.serverNames ?? []))]
    hops.push({ ...base, served })
    return noChain(index, approach, listener, hops)
  }
  const withChain: Hop = {
    ...base,
    chain: { name: chain.name, origin: chain.origin },
    policies: peerAuthentication(chain),
  }
  const shake = shakeHands(chain, approach, context.now)
  const hop: Hop = shake.tls ? { ...withChain, tls: shake.tls } : withChain
  if (shake.refusal) {
    hops.push(hop)
    return { kind: 'handshake', ok: false, hop: index, ...shake.refusal, ...seenAs(hops, index) }
  }
  if (chain.handler.kind === 'tcp') {
    hops.push(hop)
    return forwardBytes(chain, chain.handler, proxy, approach, context, hops)
  }
  const answer = answerHttp(proxy, chain, chain.handler, approach, hop, {
    now: context.now,
    verify: context.verifySignature ?? (() => false),
  })
  hops.push(answer.hop)
  if ('outcome' in answer) return { ...answer.outcome, hop: index }
  const outcome = walk(
    upstreamClient(proxy, answer.cluster, answer.endpoint, answer.flight, approach),
    context,
    hops,
  )
  return outcome.kind === 'unreachable' && hops.length === index + 1
    ? {
        kind: 'proxy',
        ok: false,
        hop: index,
        status: proxy.kind === 'alb' ? 502 : 503,
        flag: 'UF',
        summary: outcome.summary,
        origin: answer.cluster.origin,
        ...(outcome.advice ? { advice: outcome.advice } : {}),
      }
    : outcome
}

/** The PeerAuthentication that made a sidecar's chain, as a decision. */
function peerAuthentication({ origin, tls }: FilterChain): Hop['policies'] {
  const { object } = origin
  if (object?.kind !== 'PeerAuthentication') return []
  const policy = `${object.namespace}/${object.name}`
  const because = `PeerAuthentication ${policy} ${tls ? 'takes mutual TLS' : 'lets plaintext in'}`
  return [{ allowed: true, because, by: { policy, rule: 0, origin } }]
}

/** A refusal at an inner door is an answer of the hop before it: nginx's 502 or Envoy's 503 UF. */
function seenAs(hops: readonly Hop[], index: number): { status?: number; flag?: ResponseFlag } {
  const before = hops[index - 1]
  if (!before) return {}
  return before.proxy.kind === 'alb' ? { status: 502, flag: 'UF' } : { status: 503, flag: 'UF' }
}

function noChain(index: number, { opening }: Approach, listener: Listener, hops: readonly Hop[]): Outcome {
  const what =
    opening.transport === 'plaintext'
      ? 'plaintext'
      : opening.sni === undefined
        ? 'a TLS connection without SNI'
        : `TLS with SNI ${opening.sni}`
  const strict = listener.filterChains.find(({ origin }) => origin.object?.kind === 'PeerAuthentication')
  return {
    kind: 'handshake',
    ok: false,
    hop: index,
    ...(index > 0 ? seenAs(hops, index) : {}),
    flag: 'NR',
    cause: 'no-chain',
    ...(opening.transport === 'tls' && opening.sni !== undefined ? { sni: opening.sni } : {}),
    summary: `no filter chain of ${listener.name} takes ${what} (filter_chain_not_found)`,
    advice: adviceFor(opening, hops[index]),
    origin: strict?.origin ?? listener.origin,
  }
}

function adviceFor({ transport, sni }: Approach['opening'], hop: Hop | undefined): string {
  if (hop?.proxy.kind === 'sidecar')
    return transport === 'plaintext'
      ? 'The port takes mutual TLS of the mesh only: call it from a pod with a sidecar, by a gateway, or relax the PeerAuthentication.'
      : 'The port takes mutual TLS of the mesh only: leave TLS to the sidecar and send plain HTTP, or give the caller a sidecar.'
  if (transport === 'plaintext') return 'Only TLS is taken here: connect with https.'
  if (hop?.proxy.kind === 'alb')
    return `No Ingress has ${sni ?? 'a name'} under tls: add it there with the secret of its certificate, or use http.`
  const names = hop?.served ?? []
  const served = names.length > 0 ? `Ask for a name that is served here (${names.join(', ')}), or add` : 'Add'
  return `${served} ${sni ?? 'a server with host "*"'} to the hosts of the Gateway server.`
}

/** Whether this is the address of another door than the one the request comes from: nothing but that door is there. Beside a door programs may run, on the network of its host. */
function isOtherDoor({ proxies }: Model, address: string, from: Hop | undefined): boolean {
  const there = proxies.filter(({ addresses }) => addresses.includes(address))
  return there.some(({ kind }) => kind !== 'sidecar') && !there.some(({ id }) => id === from?.proxy.id)
}

/** No proxy listens here: an application, a forwarded Service address, or nothing. */
function arrive(approach: Approach, context: TraceContext, hops: Hop[]): Outcome {
  const endpoint = `${approach.address}:${approach.port}`
  const behind = context.service?.(approach.address, approach.port)
  const target = behind?.find(({ healthy }) => healthy)
  if (target) return walk({ ...approach, address: target.address, port: target.port }, context, hops)
  if (behind)
    return unreachable(
      hops.length - 1,
      `the Service at ${endpoint} has no ready endpoint`,
      'Check its selector and the readiness of its pods.',
    )
  if (hops.length === 0 || isOtherDoor(context.model, approach.address, hops.at(-1)))
    return unreachable(hops.length - 1, `nothing listens on ${endpoint}`, 'Check the address and the port.')
  if (approach.opening.transport === 'tls' && hops.at(-1)?.proxy.kind === 'sidecar')
    return unreachable(
      hops.length - 1,
      `the application at ${endpoint} gets TLS`,
      'Remove TLS from the inbound cluster.',
    )
  return {
    kind: 'upstream',
    ok: true,
    hop: hops.length - 1,
    endpoint,
    delivered: approach.flight,
    summary: `answered by the application at ${endpoint}`,
  }
}

function forwardBytes(
  chain: FilterChain,
  handler: TcpProxy,
  proxy: Proxy,
  approach: Approach,
  context: TraceContext,
  hops: Hop[],
): Outcome {
  const index = hops.length - 1
  const chosen = [...handler.clusters].sort((a, b) => b.weight - a.weight)[0]
  const cluster = proxy.clusters.find(({ name }) => name === chosen?.cluster)
  const endpoint = cluster && usableEndpoint(cluster)
  if (!cluster || !endpoint)
    return {
      kind: 'handshake',
      ok: false,
      hop: index,
      flag: cluster ? 'UH' : 'NC',
      summary: cluster
        ? `no ready endpoint in ${cluster.name}`
        : `the chain names the unknown cluster ${chosen?.cluster ?? '(none)'}`,
      origin: chain.origin,
    }
  const spread = spreadOf(cluster)
  hops[index] = {
    ...(hops[index] as Hop),
    upstream: {
      cluster: cluster.name,
      origin: cluster.origin,
      ...(spread.length > 0 ? { spread } : {}),
      ...endpointsShown(cluster, endpoint),
      tls: 'none',
      alternatives: [],
    },
  }
  return walk({ ...approach, address: endpoint.address, port: endpoint.port }, context, hops)
}
