// Ingress: what of it the ALB acts on.
import type { Support } from './declaration.ts'

export const ingressSupport: Support = {
  kind: 'Ingress.networking.k8s.io',
  summary: 'Served by the ALB, as the classic IBM Cloud ALB (nginx) did. Annotations: see annotations.md.',
  fields: [
    'spec.ingressClassName',
    'spec.defaultBackend.service.**',
    'spec.tls[].hosts[]',
    'spec.tls[].secretName',
    'spec.rules[].host',
    'spec.rules[].http.paths[].path',
    'spec.rules[].http.paths[].pathType',
    'spec.rules[].http.paths[].backend.service.**',
  ],
  notes: {
    'spec.rules[].http.paths[].backend.resource': 'Only Services can be backends.',
    'spec.defaultBackend.resource': 'Only Services can be backends.',
  },
  differences: [
    'A host belongs to one Ingress, the oldest; rules of others for it are left out with SP0305.',
    'ImplementationSpecific is a plain string prefix, as in the classic ALB; Prefix compares whole path segments.',
    'A wildcard host (*.example.com) covers any depth, as an nginx server name does.',
    'A host listed in spec.tls whose secret is missing makes the whole Ingress answer 404 with a reason; a secret that cannot be used makes the handshakes of its hosts be refused.',
    'TLS secrets are looked up in the namespace of the Ingress, then in default, then in ibm-cert-store.',
    'The default backend answers for the hosts of its Ingress; without rules it answers for every host.',
  ],
}
