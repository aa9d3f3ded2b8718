// SP05xx: VirtualService and DestinationRule.
import type { CodeEntry } from '../code-entry.ts'

export const routingCodes = {
  SP0501: {
    severity: 'error',
    title: 'The destination host is not known',
    explanation:
      'No Service or ServiceEntry has this host, so no cluster exists and requests are answered 503 with the flag NC.',
    fix: 'Name an existing Service by its full name, or create it.',
    istio: ['IST0101'],
  },
  SP0502: {
    severity: 'error',
    title: 'The destination port is not known',
    explanation:
      'The Service has no port of this number, or several and the route names none. No cluster exists and requests are answered 503 with the flag NC.',
    fix: 'Name one of the ports of the Service.',
    istio: ['IST0112'],
  },
  SP0503: {
    severity: 'error',
    title: 'The subset is not known',
    explanation:
      'No DestinationRule that the client sees has a subset of this name. No cluster exists and requests are answered 503 with the flag NC.',
    fix: 'Add the subset to a DestinationRule of the host.',
    istio: ['IST0101'],
  },
  SP0504: {
    severity: 'error',
    title: 'The traffic policy cannot be carried out',
    explanation:
      'The TLS that the DestinationRule asks for cannot be built. Requests to the host are answered 503 instead of being sent in another way.',
    fix: 'Change the policy as the message says.',
    istio: ['IST0128', 'IST0129'],
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
    istio: ['IST0101', 'IST0132'],
  },
  SP0507: {
    severity: 'warning',
    title: 'The route can never match',
    explanation: 'An earlier route of the same VirtualService matches everything.',
    fix: 'Move the catch-all route to the end.',
    istio: ['IST0130'],
  },
  SP0508: {
    severity: 'warning',
    title: 'An earlier route takes all of its requests',
    explanation:
      'Every request that matches this route also matches an earlier one of the same host, so this one is never used. Routes are tried in order; of several objects the oldest comes first, not the longest path.',
    fix: 'Put the more specific route first, in one VirtualService, or narrow the earlier one.',
    istio: ['IST0130', 'IST0131'],
  },
  SP0509: {
    severity: 'warning',
    title: 'The destination gets no request',
    explanation: 'Its weight is 0 while others have weights, so it never gets a request.',
    fix: 'Give it a weight or remove it.',
  },
  SP0510: {
    severity: 'error',
    title: 'The subset selects no pod',
    explanation:
      'No ready pod of the Service has the labels of the subset, so its requests are answered 503 with the flag UH.',
    fix: 'Correct the labels of the subset, or start pods with these labels.',
    istio: ['IST0173'],
  },
  SP0511: {
    severity: 'error',
    title: 'Two VirtualServices claim the same host in the mesh',
    explanation:
      'For sidecars the routes of several VirtualServices are not merged: the oldest wins and the others are ignored.',
    fix: 'Put all routes of the host into one VirtualService.',
    istio: ['IST0109'],
  },
  SP0512: {
    severity: 'error',
    title: 'Routing by a token claim that nobody verifies',
    explanation:
      'The match reads a claim of a token, but without a RequestAuthentication no token is read and the route never matches.',
    fix: 'Add a RequestAuthentication for the pods of the gateway. Sidecars do not route by claims.',
    istio: ['IST0149'],
  },
  SP0513: {
    severity: 'warning',
    title: 'The host of the DestinationRule is not known',
    explanation: 'No Service has this host, so the rule applies to nothing.',
    fix: 'Name the Service by its full name.',
    istio: ['IST0174'],
  },
  SP0514: {
    severity: 'error',
    title: 'The delegate cannot be used',
    explanation:
      'The route hands over to a VirtualService that does not exist, has hosts of its own or is not exported to this namespace. The route answers 500.',
    fix: 'Create the delegate without hosts, exported to the namespace of the route.',
  },
  SP0515: {
    severity: 'warning',
    title: 'The route of the delegate can never match',
    explanation:
      'No request that the root route takes can match this route of its delegate, so it is left out.',
    fix: 'Make the match of the delegate lie within that of the root route.',
  },
  SP0516: {
    severity: 'warning',
    title: 'The subset is not chosen for requests of a gateway',
    explanation:
      'A VirtualService of the mesh splits a host into subsets, but a gateway reaches the host by routes of another VirtualService that name none. Requests from outside go to all pods alike.',
    fix: 'Name the subsets in the routes of the gateway as well, or add the gateway to the gateways of this VirtualService.',
    istio: ['IST0140'],
  },
  SP0517: {
    severity: 'warning',
    title: 'The order of failover has no effect',
    explanation:
      'Requests go elsewhere only when endpoints are found to fail, and that is what outlierDetection does. Without it all endpoints are alike, wherever they run.',
    fix: 'Add outlierDetection to the same traffic policy (a port needs its own), or remove the setting.',
  },
  SP0518: {
    severity: 'error',
    title: 'The weights of localities do not make 100',
    explanation: 'Istio refuses such a rule. Here each locality gets its share of the sum.',
    fix: 'Correct the weights of this entry so that they make 100.',
  },
  SP0519: {
    severity: 'error',
    title: 'The locality setting contradicts itself',
    explanation:
      'Istio refuses such a rule: distribute excludes failover, failover leads from one region to another, failoverPriority leaves labels of places to failover, and no locality of a distribution may lie within another.',
    fix: 'Keep the part that is meant, as the message says.',
  },
  SP0520: {
    severity: 'warning',
    title: 'Nothing runs in the locality',
    explanation:
      'No node and no pod is in the region or zone that the setting names, so that part of it never applies. A name that is spelt otherwise than the label of the nodes looks the same.',
    fix: 'Correct the name: region/zone/subzone as in the labels topology.kubernetes.io/region, topology.kubernetes.io/zone and topology.istio.io/subzone.',
  },
} satisfies Record<string, CodeEntry>
