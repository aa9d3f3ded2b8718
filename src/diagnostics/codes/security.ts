// SP06xx: PeerAuthentication and AuthorizationPolicy.
import type { CodeEntry } from '../code-entry.ts'

export const securityCodes = {
  SP0601: {
    severity: 'error',
    title: 'The policy is not enforced',
    explanation:
      'A security object uses something that cannot be enforced here. It is refused rather than ignored.',
    fix: 'Use the fields listed in docs/compatibility.md.',
  },
  SP0602: {
    severity: 'warning',
    title: 'The selector has no effect here',
    explanation:
      'A PeerAuthentication of the root namespace with a selector does not change the mode of any workload.',
    fix: 'Move the object into the namespace of the workload, or remove its selector.',
  },
  SP0603: {
    severity: 'warning',
    title: 'portLevelMtls has no effect',
    explanation: 'Port settings apply only together with a selector.',
    fix: 'Add a selector.',
  },
} satisfies Record<string, CodeEntry>
