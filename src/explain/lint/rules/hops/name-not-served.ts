// The SNI of an upstream connection meets no server of the gateway: proxy-ssl-name is not among its hosts, or none is sent.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { covers } from '../../certificate-text.ts'
import { replaceProxySslName } from '../../proxy-ssl-name.ts'
import { tlsOrigin } from '../../resource-of.ts'
import { rule } from '../../rule.ts'

export const nameNotServed = rule({
  codes: ['SP1007'],
  check: (world) =>
    world.edges().flatMap(({ from, cluster, to, listener, approach, chain }) => {
      if (chain !== undefined || approach.opening.transport !== 'tls') return []
      // Mesh TLS that meets no chain is a matter of the mode of the pods.
      if (to.kind === 'sidecar') return []
      const served = listener.filterChains.flatMap(({ match }) => match.serverNames ?? [])
      if (served.length === 0) return []
      const { sni } = approach.opening
      const sent =
        sni === undefined ? 'sends no name in the handshake' : `sends the name ${sni} in the handshake`
      const origin = tlsOrigin(world, cluster.origin)
      // Of the names served, those that the ALB would find in the certificate as well.
      const possible = listener.filterChains.flatMap(({ match, tls }) =>
        (match.serverNames ?? []).filter((name) => tls?.certificates.some(({ leaf }) => covers(leaf, name))),
      )
      const fix = replaceProxySslName(world, cluster.origin, possible)
      return [
        diagnostic(
          'SP1007',
          origin,
          `${from.id} ${sent}, and ${to.id} serves ${served.join(', ')}: it closes the connection.`,
          {
            related: [
              { message: 'The server that is meant.', origin: listener.filterChains[0]?.origin ?? {} },
            ],
            ...(fix === undefined ? {} : { fix }),
          },
        ),
      ]
    }),
})
