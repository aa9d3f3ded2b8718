// SP05xx: VirtualService and DestinationRule.
import type { CodeEntry } from '../code-entry.ts'

export const routingCodes = {
  SP0501: {
    severity: 'error',
    title: 'The destination host is not known',
    explanation:
      'No Service or ServiceEntry has this host, so no cluster exists and requests are answered 503 with the flag NC.',
    fix: 'Name an existing Service by its full name, or create it.',
  },
} satisfies Record<string, CodeEntry>
