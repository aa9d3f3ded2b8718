// Certificates presented as a client that their issuer did not make for that.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { titleOf } from '../../certificate-text.ts'
import { rule } from '../../rule.ts'
import { usedCertificates } from '../../used-certificates.ts'

export const clientUsage = rule({
  codes: ['SP0215'],
  check: (world) =>
    usedCertificates(world).flatMap(({ ref, as }) => {
      const usages = ref.leaf.extendedKeyUsage
      if (as !== 'client' || usages === undefined) return []
      if (usages.includes('clientAuth') || usages.includes('anyExtendedKeyUsage')) return []
      return [
        diagnostic(
          'SP0215',
          ref.origin,
          `The certificate of ${titleOf(ref.leaf)} is presented as a client certificate, but is for ${usages.join(', ')} only.`,
        ),
      ]
    }),
})
