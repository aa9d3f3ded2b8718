// Hosts against the names in the certificate that is shown for them.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { covers, namesOf } from '../../certificate-text.ts'
import { rule } from '../../rule.ts'
import type { World } from '../../world.ts'

/** Hosts whose clients come to the load balancer, which checks another name of the gateway than this one (proxy-ssl-name). */
function reachedThroughAlb(world: World): ReadonlySet<string> {
  return new Set(
    world.model.proxies
      .filter(({ kind }) => kind === 'alb')
      .flatMap(({ listeners }) => listeners)
      .flatMap(({ filterChains }) => filterChains)
      .flatMap(({ handler }) => (handler.kind === 'http' ? handler.routes.virtualHosts : []))
      .flatMap(({ domains }) => domains),
  )
}

export const hostNotCovered = rule({
  codes: ['SP0207'],
  check: (world) => {
    const indirect = reachedThroughAlb(world)
    return world.model.proxies
      .filter(({ kind }) => kind !== 'sidecar')
      .flatMap(({ kind, listeners }) => listeners.map((listener) => ({ kind, listener })))
      .flatMap(({ kind, listener }) => listener.filterChains.map((chain) => ({ kind, chain })))
      .flatMap(({ kind, chain }) => {
        const certificates = chain.tls?.certificates ?? []
        const [first] = certificates
        if (first === undefined || chain.refuse !== undefined || first.name.startsWith('spiffe://')) return []
        const bare = (chain.match.serverNames ?? []).filter(
          (host) =>
            !certificates.some(({ leaf }) => covers(leaf, host)) &&
            !(kind === 'gateway' && indirect.has(host)),
        )
        return bare.map((host) =>
          diagnostic(
            'SP0207',
            chain.origin,
            `${host} is served with a certificate for ${namesOf(first.leaf).join(', ') || 'no name at all'}.`,
            { related: [{ message: 'The certificate.', origin: first.origin }] },
          ),
        )
      })
  },
})
