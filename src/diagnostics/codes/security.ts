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
} satisfies Record<string, CodeEntry>
