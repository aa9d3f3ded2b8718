// SNI and Host differ by design in the chain of an ALB and a gateway; it works only while both are on one server.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { selectVirtualHost } from '../../../select.ts'
import { rule } from '../../rule.ts'

const exact = (host: string): boolean => !host.startsWith('*')

export const hostOnOtherServer = rule({
  codes: ['SP1011'],
  check: (world) =>
    world.edges().flatMap(({ from, to, listener, approach, chain, uses }) => {
      if (chain === undefined || chain.refuse !== undefined || to.kind !== 'gateway') return []
      if (chain.handler.kind !== 'http') return []
      const { routes } = chain.handler
      const lost = uses.flatMap((use) =>
        use.authorities
          .filter((host) => exact(host) && selectVirtualHost(routes, host) === undefined)
          .map((host) => ({ host, use })),
      )
      const byHost = new Map(lost.map((one) => [one.host, one.use]))
      return [...byHost].map(([host, use]) => {
        const elsewhere = listener.filterChains.find(
          (other) =>
            other !== chain &&
            other.handler.kind === 'http' &&
            selectVirtualHost(other.handler.routes, host) !== undefined,
        )
        const { sni } = approach.opening
        const by = sni === undefined ? '' : ` by the name ${sni}`
        return diagnostic(
          'SP1011',
          use.route.origin,
          `Requests of ${from.id} for ${host} reach ${to.id}${by}, where ${host} ${elsewhere === undefined ? 'has no routes' : 'is on another server'}: the answer is 404.`,
          {
            related: [
              { message: `The server that is reached${by}.`, origin: chain.origin },
              ...(elsewhere === undefined
                ? []
                : [{ message: `The server of ${host}.`, origin: elsewhere.origin }]),
            ],
          },
        )
      })
    }),
})
