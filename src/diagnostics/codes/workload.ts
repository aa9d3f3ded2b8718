// SP07xx: Services, endpoints and pods.
import type { CodeEntry } from '../code-entry.ts'

export const workloadCodes = {
  SP0701: {
    severity: 'warning',
    title: 'The Service has no ready endpoint',
    explanation: 'No ready pod matches the selector, so requests are answered 503 with the flag UH.',
    fix: "Check the selector and the pods' readiness.",
  },
  SP0702: {
    severity: 'warning',
    title: 'An address of a Service cannot be listened at',
    explanation:
      'Another program holds the port, so connections to the Service at this address do not reach its pods. It is tried again until it is free.',
    fix: 'End the other program, or give the Service another port.',
  },
  SP0703: {
    severity: 'warning',
    title: 'A controller of the cluster failed and tries again',
    explanation:
      'Bringing an object in order failed for a reason other than a concurrent change. The message names the controller, the object and the reason; it is retried with growing pauses.',
    fix: 'Read the reason. If it persists and names no cause of yours, report it with the message.',
  },
} satisfies Record<string, CodeEntry>
