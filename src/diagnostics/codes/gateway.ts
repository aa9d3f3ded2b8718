// SP04xx: Istio Gateway servers, hosts and chains.
import type { CodeEntry } from '../code-entry.ts'

export const gatewayCodes = {
  SP0401: {
    severity: 'error',
    title: 'Two Gateway servers claim the same host',
    explanation: 'The older Gateway keeps the host on this port. The later server is left out as a whole.',
    fix: 'Give each host to one server per port.',
  },
} satisfies Record<string, CodeEntry>
