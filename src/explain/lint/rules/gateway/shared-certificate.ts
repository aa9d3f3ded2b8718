// One certificate on several servers of a listener: HTTP/2 clients reuse a connection across them and get 404.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import type { FilterChain } from '../../../../ir/listener.ts'
import { covers } from '../../certificate-text.ts'
import { rule } from '../../rule.ts'

const speaksHttp2 = ({ tls }: FilterChain): boolean => tls?.alpn.includes('h2') ?? false

/** Whether a client that is connected to `one` would send a request for a host of `other` on the same connection. */
function mayReuse(one: FilterChain, other: FilterChain): boolean {
  const certificate = one.tls?.certificates.find(({ leaf }) =>
    other.tls?.certificates.some((its) => its.leaf.fingerprint === leaf.fingerprint),
  )
  return (
    certificate !== undefined &&
    (other.match.serverNames ?? []).some((host) => covers(certificate.leaf, host))
  )
}

export const sharedCertificate = rule({
  codes: ['SP0409'],
  check: (world) =>
    world.model.proxies
      .filter(({ kind }) => kind === 'gateway')
      .flatMap(({ listeners }) => listeners)
      .flatMap(({ filterChains }) => {
        const candidates = filterChains.filter((chain) => speaksHttp2(chain) && chain.refuse === undefined)
        return candidates.flatMap((chain, index) => {
          const earlier = candidates.slice(0, index).find((one) => mayReuse(one, chain))
          if (earlier === undefined) return []
          const names = (one: FilterChain): string => (one.match.serverNames ?? ['*']).join(', ')
          return [
            diagnostic(
              'SP0409',
              chain.origin,
              `${names(chain)} shares its certificate with ${names(earlier)}: a request for the one on an HTTP/2 connection to the other is answered 404.`,
              { related: [{ message: 'The other server.', origin: earlier.origin }] },
            ),
          ]
        })
      }),
})
