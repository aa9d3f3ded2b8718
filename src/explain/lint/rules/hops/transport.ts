// Plaintext that meets TLS, and TLS that meets plaintext.
import { type Diagnostic, diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { formatOrigin } from '../../../../diagnostics/origin.ts'
import type { Edge } from '../../edges.ts'
import { tlsOrigin } from '../../resource-of.ts'
import { rule } from '../../rule.ts'
import type { World } from '../../world.ts'

function plaintext({ from, cluster, to, listener, chain }: Edge): readonly Diagnostic[] {
  const needsTls =
    chain === undefined ? listener.filterChains.length > 0 : chain.tls !== undefined || passesTls(chain)
  if (!needsTls || chain?.refuse !== undefined) return []
  const wanted = chain?.origin ?? listener.filterChains[0]?.origin ?? listener.origin
  if (to.kind === 'sidecar') {
    const { namespace, name } = to.workload
    return [
      diagnostic(
        'SP1009',
        cluster.origin,
        `${from.id} speaks plaintext to ${namespace}/${name}, whose pods take mesh mutual TLS only.`,
        {
          related: [{ message: 'What makes the pods refuse plaintext.', origin: wanted }],
        },
      ),
    ]
  }
  const port = cluster.endpoints[0]?.port
  return [
    diagnostic(
      'SP1008',
      cluster.origin,
      `${from.id} speaks plain HTTP to port ${port} of ${to.id}, which takes TLS only.`,
      {
        related: [{ message: 'The server at that port.', origin: wanted }],
      },
    ),
  ]
}

/** A chain that is chosen by SNI and passes bytes on. */
const passesTls = (chain: NonNullable<Edge['chain']>): boolean =>
  chain.match.serverNames !== undefined || chain.match.transport === 'tls'

function tls(world: World, { from, cluster, to, chain }: Edge): readonly Diagnostic[] {
  if (chain === undefined || chain.tls !== undefined || chain.refuse !== undefined) return []
  if (chain.handler.kind !== 'http') return []
  return [
    diagnostic(
      'SP1012',
      tlsOrigin(world, cluster.origin),
      `${from.id} speaks TLS to ${to.id}, which speaks plain HTTP at that port.`,
      {
        related: [{ message: 'The server at that port.', origin: chain.origin }],
      },
    ),
  ]
}

/** A DestinationRule acts on the clusters of every client: the first of them, doors before sidecars, stands for all. */
function oncePerPlace(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  const byPlace = new Map<string, Diagnostic>()
  for (const one of findings) {
    const place = `${one.code} ${formatOrigin(one.origin)}`
    if (!byPlace.has(place)) byPlace.set(place, one)
  }
  return [...byPlace.values()]
}

export const transport = rule({
  codes: ['SP1008', 'SP1009', 'SP1012'],
  check: (world) =>
    oncePerPlace(
      world
        .edges()
        .flatMap((edge) =>
          edge.approach.opening.transport === 'plaintext' ? plaintext(edge) : tls(world, edge),
        ),
    ),
})
