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
  SP0502: {
    severity: 'error',
    title: 'The destination port is not known',
    explanation:
      'The Service has no port of this number, or several and the route names none. No cluster exists and requests are answered 503 with the flag NC.',
    fix: 'Name one of the ports of the Service.',
  },
  SP0503: {
    severity: 'error',
    title: 'The subset is not known',
    explanation:
      'No DestinationRule that the client sees has a subset of this name. No cluster exists and requests are answered 503 with the flag NC.',
    fix: 'Add the subset to a DestinationRule of the host.',
  },
  SP0504: {
    severity: 'error',
    title: 'The traffic policy cannot be carried out',
    explanation:
      'The TLS that the DestinationRule asks for cannot be built. Requests to the host are answered 503 instead of being sent in another way.',
    fix: 'Change the policy as the message says.',
  },
  SP0505: {
    severity: 'error',
    title: 'The route cannot be built',
    explanation:
      'A value of the route cannot be read or does not belong with another. The route answers 500 instead of being left out.',
    fix: 'Correct the value named in the message.',
  },
  SP0506: {
    severity: 'warning',
    title: 'The VirtualService binds to nothing',
    explanation:
      'A gateway in its list does not exist, or has no server with one of its hosts. Nothing leads to these routes there.',
    fix: 'Correct the gateway name, or add the host to a server of the Gateway.',
  },
  SP0507: {
    severity: 'warning',
    title: 'The route can never match',
    explanation: 'An earlier route of the same VirtualService matches everything.',
    fix: 'Move the catch-all route to the end.',
  },
} satisfies Record<string, CodeEntry>
