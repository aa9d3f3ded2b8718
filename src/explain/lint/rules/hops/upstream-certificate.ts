// The certificate that the next hop shows, as the connecting side will judge it.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { verifyPeer } from '../../../verify.ts'
import { namesOf } from '../../certificate-text.ts'
import { replaceProxySslName } from '../../proxy-ssl-name.ts'
import { tlsOrigin } from '../../resource-of.ts'
import { rule } from '../../rule.ts'

export const upstreamCertificate = rule({
  codes: ['SP1001', 'SP1002'],
  check: (world) =>
    world.edges().flatMap(({ from, cluster, to, approach, chain }) => {
      const { verification } = approach.client
      const [shown] = chain?.tls?.certificates ?? []
      if (verification === undefined || chain === undefined || shown === undefined) return []
      if (chain.refuse !== undefined) return []
      const presented = [shown.leaf, ...(shown.intermediates ?? [])]
      const verdict = verifyPeer(presented, verification, 'serverAuth', world.snapshot.time)
      if (!('failure' in verdict)) return []
      const origin = tlsOrigin(world, cluster.origin)
      const related = [
        { message: 'The certificate that is shown.', origin: shown.origin },
        { message: 'The trust anchors.', origin: verification.trust.origin },
      ]
      const said = `${from.id} will refuse the certificate of ${to.id}: ${verdict.failure.message}.`
      if (verdict.failure.reason !== 'wrong-name') return [diagnostic('SP1001', origin, said, { related })]
      const possible = namesOf(shown.leaf).filter((name) => chain.match.serverNames?.includes(name) ?? true)
      const fix = replaceProxySslName(world, cluster.origin, possible)
      return [diagnostic('SP1002', origin, said, { related, ...(fix === undefined ? {} : { fix }) })]
    }),
})
