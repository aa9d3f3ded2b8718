// Hosts against the names in the certificate that is shown for them.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { covers, namesOf } from '../../certificate-text.ts'
import { rule } from '../../rule.ts'
import type { World } from '../../world.ts'

/** Hosts that clients reach through the ALB, which checks another, covered name (proxy-ssl-name). */
function reachedThroughAlb(world: World): ReadonlySet<string> {
  return new Set(
    world
      .edges()
      .filter(({ from, approach }) => from.kind === 'alb' && approach.opening.transport === 'tls')
      .flatMap(({ uses, chain }) =>
        uses.flatMap((use) => use.authorities.map((host) => `${chain?.name} ${host}`)),
      ),
  )
}

export const hostNotCovered = rule({
  codes: ['SP0207'],
  check: (world) => {
    const indirect = reachedThroughAlb(world)
    return world.model.proxies
      .filter(({ kind }) => kind !== 'sidecar')
      .flatMap((proxy) => proxy.listeners)
      .flatMap(({ filterChains }) => filterChains)
      .flatMap((chain) => {
        const certificates = chain.tls?.certificates ?? []
        const [first] = certificates
        if (first === undefined || chain.refuse !== undefined || first.name.startsWith('spiffe://')) return []
        const bare = (chain.match.serverNames ?? []).filter(
          (host) =>
            !certificates.some(({ leaf }) => covers(leaf, host)) && !indirect.has(`${chain.name} ${host}`),
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
