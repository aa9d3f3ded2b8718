// SP09xx: the provider: domains, their certificates, the copies of them.
import type { CodeEntry } from '../code-entry.ts'

export const providerCodes = {
  SP0901: {
    severity: 'error',
    title: 'A domain has no up-to-date certificate secret',
    explanation:
      'The provider could not issue the certificate of one of its domains or could not store it in its secret. It tries again by itself; until then the old certificate, if there is one, stays in force.',
    fix: 'Remove what the message names: create the namespace, or delete the object that is in the way.',
  },
  SP0902: {
    severity: 'error',
    title: "The provider's record cannot be read",
    explanation:
      'An entry of one of the ConfigMaps in kube-system in which the provider remembers domains and issued certificates was changed by hand and is not readable. It is left as it is and ignored.',
    fix: 'Correct or delete the entry named in the message.',
  },
  SP0903: {
    severity: 'warning',
    title: 'A copy of a provider certificate is out of date',
    explanation:
      'A Secret or ConfigMap holds bytes of a certificate, key or trust anchor that the provider has replaced since, and it was not allowed or not able to bring the copy up to date. The copy stops working when the old certificate expires.',
    fix: "Copy the values again from the domain's secret, or start the cluster without --no-refresh-copies.",
  },
} satisfies Record<string, CodeEntry>
