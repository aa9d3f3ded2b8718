// The client certificate that the next hop asks for, as it will judge it.
import type { Code } from '../../../../diagnostics/catalogue.ts'
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { type VerifyFailure, verifyPeer } from '../../../verify.ts'
import { tlsOrigin } from '../../resource-of.ts'
import { rule } from '../../rule.ts'

/** A wrong usage is the certificate's own fault and said there (SP0215). */
const CODES: Readonly<Partial<Record<VerifyFailure['reason'], Code>>> = {
  'no-certificate': 'SP1003',
  'wrong-name': 'SP1006',
  'not-pinned': 'SP1006',
}

export const clientCertificate = rule({
  codes: ['SP1003', 'SP1004', 'SP1006'],
  check: (world) =>
    world.edges().flatMap(({ from, cluster, to, approach, chain }) => {
      const asked = chain?.tls?.clientCertificate
      if (chain === undefined || chain.refuse !== undefined || approach.opening.transport === 'plaintext')
        return []
      if (asked === undefined || asked.mode === 'none' || asked.mode === 'request-unverified') return []
      const given = approach.client.chain
      if (given.length === 0 && asked.mode === 'optional') return []
      const verdict = verifyPeer(given, asked.verify, 'clientAuth', world.snapshot.time)
      if (!('failure' in verdict) || verdict.failure.reason === 'wrong-usage') return []
      const code = CODES[verdict.failure.reason] ?? 'SP1004'
      return [
        diagnostic(
          code,
          tlsOrigin(world, cluster.origin),
          `${to.id} will refuse ${from.id} as a client: ${verdict.failure.message}.`,
          { related: [{ message: 'The server that asks for a client certificate.', origin: chain.origin }] },
        ),
      ]
    }),
})
