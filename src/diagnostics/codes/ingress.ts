// SP03xx: the Ingress load balancer and its annotations.
import type { CodeEntry } from '../code-entry.ts'

export const ingressCodes = {
  SP0301: {
    severity: 'warning',
    title: 'Unknown annotation',
    explanation: 'No annotation of this name exists for this load balancer. Nothing acts on it.',
    fix: 'Remove it or correct its spelling.',
    istio: ['IST0108'],
  },
  SP0302: {
    severity: 'error',
    title: 'Annotation value cannot be parsed',
    explanation:
      'The value does not follow the grammar of the annotation. What it would have configured fails closed.',
    fix: 'Correct the value as the message says.',
  },
  SP0303: {
    severity: 'warning',
    title: 'The annotation is not supported',
    explanation:
      'The annotation exists, here or in another Ingress controller, but this load balancer does not implement it. Nothing acts on it.',
    fix: 'Remove it, or see docs/annotations.md for what is supported.',
  },
  SP0304: {
    severity: 'error',
    title: 'The upstream cannot be verified',
    explanation:
      'ssl-services asks for verified TLS, but the secret gives no name that the certificate of the service could be checked against. Requests to the service are answered 503 instead of being sent unverified.',
    fix: 'Add proxy-ssl-name with the name in the certificate of the service.',
    istio: ['IST0128'],
  },
  SP0305: {
    severity: 'error',
    title: 'Two Ingresses claim the same host',
    explanation:
      'A host belongs to one Ingress. The oldest keeps it; the rules of the others for this host are left out.',
    fix: 'Move all rules of the host into one Ingress, or give the other a host of its own.',
  },
  SP0306: {
    severity: 'error',
    title: 'The backend does not exist',
    explanation:
      'The Ingress names a Service, or a port of it, that does not exist in its namespace. Requests are answered 501.',
    fix: 'Create the Service or correct the name or port of the backend.',
  },
  SP0307: {
    severity: 'info',
    title: 'The Ingress belongs to another controller',
    explanation: 'Its class is none of those that the load balancer serves, so nothing acts on it here.',
    fix: 'Remove the class, or use nginx or iks-nginx.',
  },
  SP0308: {
    severity: 'warning',
    title: 'The rule can never match',
    explanation: 'An earlier rule of the same host has the same path and type, so this one is left out.',
    fix: 'Remove one of the two.',
  },
  SP0309: {
    severity: 'warning',
    title: 'The annotation names a service that no rule uses',
    explanation: 'What the annotation sets for this service has no effect, because no rule leads to it.',
    fix: 'Correct the name of the service in the annotation.',
  },
  SP0310: {
    severity: 'warning',
    title: 'The annotation is on a kind that nobody reads it from',
    explanation: 'Annotations of the load balancer count on an Ingress only.',
    fix: 'Move the annotation to the Ingress.',
  },
  SP0311: {
    severity: 'warning',
    title: 'The port is not on the Service of the load balancer',
    explanation:
      'The annotation moves the hosts to a port that no Service in front of the load balancer has, so it is reached at the addresses of its pods only.',
    fix: 'Add the port to public-ports, or use another one.',
  },
} satisfies Record<string, CodeEntry>
