// A CA that serves everybody decides which clients are let in.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { titleOf } from '../../certificate-text.ts'
import { rule } from '../../rule.ts'
import { usedTrust } from '../../used-certificates.ts'

/** Subjects of roots and intermediates of CAs that issue to the public, and the issuer of sallyport's own domains. */
const PUBLIC =
  /\b(ISRG|Let's Encrypt|DST Root CA|Digital Signature Trust|DigiCert|GlobalSign|Sectigo|USERTrust|COMODO|GoDaddy|Go Daddy|Starfield|Amazon Root|Google Trust Services|GTS Root|Entrust|Baltimore|ZeroSSL|Buypass|SSL\.com|QuoVadis|IdenTrust|Certum|Actalis|Sallyport Issuer)\b/i

export const publicClientCa = rule({
  codes: ['SP0210'],
  check: (world) =>
    usedTrust(world).flatMap(({ trust, of, chain, user }) => {
      const asked = chain?.tls?.clientCertificate
      if (of !== 'client' || asked === undefined || asked.mode === 'none' || asked.verify === undefined)
        return []
      const { names = [], fingerprints = [], spki = [] } = asked.verify
      if (names.length + fingerprints.length + spki.length > 0) return []
      const anchor = trust.anchors.find(({ subject }) => PUBLIC.test(subject))
      if (anchor === undefined) return []
      return [
        diagnostic(
          'SP0210',
          { ...user, field: `${user.field ?? ''}.tls` },
          `Clients are verified against ${titleOf(anchor)}, which issues certificates to the public, and none is pinned.`,
          { related: [{ message: 'The client CA.', origin: trust.origin }] },
        ),
      ]
    }),
})
