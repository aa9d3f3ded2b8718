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
  SP0604: {
    severity: 'warning',
    title: 'The selector matches no pod',
    explanation: 'No pod in the namespace has these labels, so the policy protects nothing.',
    fix: 'Correct the labels of the selector.',
  },
  SP0605: {
    severity: 'warning',
    title: 'The policy sees the address of the load balancer',
    explanation:
      'The gateway is behind a load balancer that speaks HTTP to it, so the address of the connection is that of the load balancer and not of the client.',
    fix: 'Match on an identity, or restrict addresses at the load balancer.',
  },
} satisfies Record<string, CodeEntry>
