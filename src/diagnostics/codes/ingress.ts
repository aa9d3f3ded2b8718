// SP03xx: the Ingress load balancer and its annotations.
import type { CodeEntry } from '../code-entry.ts'

export const ingressCodes = {
  SP0301: {
    severity: 'warning',
    title: 'Unknown annotation',
    explanation: 'No annotation of this name exists for this load balancer. Nothing acts on it.',
    fix: 'Remove it or correct its spelling.',
  },
  SP0302: {
    severity: 'error',
    title: 'Annotation value cannot be parsed',
    explanation:
      'The value does not follow the grammar of the annotation. What it would have configured fails closed.',
    fix: 'Correct the value as the message says.',
  },
} satisfies Record<string, CodeEntry>
