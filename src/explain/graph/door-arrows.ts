// The arrows that come into a door: one for each domain and port, with the TLS of the chain that takes it.
import type { FilterChain, Listener } from '../../ir/listener.ts'
import type { Proxy } from '../../ir/proxy.ts'
import { certificateLabel } from './certificate-label.ts'
import type { GraphEdge } from './graph.ts'

export interface DoorArrow {
  readonly domain: string
  readonly edge: Omit<GraphEdge, 'from' | 'to'>
}

/** All domains that a door serves with how they are taken. */
export const doorArrows = (proxy: Proxy, now: number): readonly DoorArrow[] =>
  proxy.listeners.flatMap((listener) =>
    listener.filterChains.flatMap((chain) =>
      domainsOf(chain).map((domain) => ({ domain, edge: arrowOf(listener, chain, now) })),
    ),
  )

function domainsOf({ handler, match }: FilterChain): readonly string[] {
  if (handler.kind === 'tcp') return match.serverNames ?? ['any name']
  return [...new Set(handler.routes.virtualHosts.flatMap(({ domains }) => domains))]
}

function arrowOf(listener: Listener, chain: FilterChain, now: number): DoorArrow['edge'] {
  const port = `:${listener.binds.at(-1)?.port ?? ''}`
  const refused = chain.refuse && { broken: { text: chain.refuse.message, code: chain.refuse.reason } }
  if (!chain.tls) {
    const passthrough = chain.handler.kind === 'tcp'
    const kind = passthrough ? 'passthrough' : 'plaintext'
    return { kind, lines: [`${port} ${passthrough ? 'bytes as they come' : 'plaintext'}`], ...refused }
  }
  const { certificates, clientCertificate } = chain.tls
  const [shown] = certificates
  const asks = {
    none: undefined,
    require: 'mutual TLS',
    optional: 'TLS, client certificate optional',
    'request-unverified': 'TLS, client certificate unverified',
  }[clientCertificate.mode]
  const expired = shown && shown.leaf.notAfter < now
  return {
    kind: clientCertificate.mode === 'require' ? 'mutual' : 'tls',
    lines: [
      `${port} ${asks ?? 'TLS'}`,
      ...(shown ? [`shows ${certificateLabel(shown.leaf, now)}`] : []),
      ...(clientCertificate.mode === 'require'
        ? [
            `trusts ${clientCertificate.verify.trust.anchors.map((one) => one.commonName ?? one.subject).join(', ')}`,
          ]
        : []),
    ],
    ...(expired ? { broken: { text: 'the certificate has expired', code: 'SP0205' as const } } : {}),
    ...refused,
  }
}
