// SP07xx: Services, endpoints and pods.
import type { CodeEntry } from '../code-entry.ts'

export const workloadCodes = {
  SP0701: {
    severity: 'warning',
    title: 'The Service has no ready endpoint',
    explanation: 'No ready pod matches the selector, so requests are answered 503 with the flag UH.',
    fix: "Check the selector and the pods' readiness.",
  },
} satisfies Record<string, CodeEntry>
