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
  SP0704: {
    severity: 'info',
    title: 'The namespace is not in the mesh',
    explanation: 'It has pods but does not ask for sidecars, while other namespaces do.',
    fix: 'Label it istio-injection=enabled, or leave it out on purpose.',
    istio: ['IST0102'],
  },
  SP0705: {
    severity: 'warning',
    title: 'The pod has no sidecar',
    explanation:
      'Its namespace asks for sidecars but the pod was made before that or opted out. Mesh policies do not protect it.',
    fix: 'Restart the pod.',
    istio: ['IST0103'],
  },
  SP0706: {
    severity: 'info',
    title: 'The name of the port does not tell its protocol',
    explanation:
      'Istio takes the protocol from the name of the port (http-web) or from appProtocol. Without either it has to be guessed from the first bytes, and what is meant for HTTP may not apply.',
    fix: 'Name the port http, http-<something>, grpc, https, tcp or set appProtocol.',
    istio: ['IST0118'],
  },
  SP0707: {
    severity: 'warning',
    title: 'Services disagree about a port',
    explanation:
      'Two Services select the same pods and give the same target port different protocols. Only one of them is right.',
    fix: 'Give both the same protocol.',
    istio: ['IST0116'],
  },
  SP0708: {
    severity: 'warning',
    title: 'Two labels decide about injection',
    explanation: 'With both istio-injection and istio.io/rev the second one is ignored.',
    fix: 'Keep one of the two labels.',
    istio: ['IST0123'],
  },
  SP0710: {
    severity: 'warning',
    title: 'The program runs as the user of the sidecar',
    explanation: 'Traffic of user 1337 bypasses the sidecar, so mesh policies do not apply to it.',
    fix: 'Run the program as another user.',
    istio: ['IST0144'],
  },
  SP0711: {
    severity: 'error',
    title: 'The image is filled in by injection only',
    explanation:
      'image: auto stands for the proxy image that injection puts in. This pod is not injected, so it cannot start.',
    fix: 'Label the namespace or the pod for injection.',
    istio: ['IST0146', 'IST0147'],
  },
  SP0712: {
    severity: 'warning',
    title: 'Unknown annotation of the sidecar',
    explanation: 'No release of Istio reads an annotation of this name. Nothing acts on it.',
    fix: 'Correct its spelling, or remove it.',
    istio: ['IST0108'],
  },
  SP0713: {
    severity: 'warning',
    title: 'Two proxies share an address',
    explanation:
      'A Service stands in front of several gateways or load balancers, or a pod uses a port of its sidecar. The address belongs to one of them; the other is reached at its own addresses only.',
    fix: 'Give each workload a Service of its own, or make the selector narrower.',
  },
  SP0714: {
    severity: 'warning',
    title: 'Services give one port of the pods several numbers',
    explanation:
      'Two Services select the same pods and lead to the same target port from different ports. A sidecar knows an inbound port once, so policies and routes by port number may mean the other one.',
    fix: 'Use the same port in both Services, or another target port.',
    istio: ['IST0137'],
  },
  SP0715: {
    severity: 'info',
    title: 'The annotation is deprecated in Istio',
    explanation: 'A later release of Istio may no longer read it.',
    fix: 'Use what replaces it: for sidecar.istio.io/inject the label of the same name, else the proxy.istio.io/config annotation or MeshConfig.',
    istio: ['IST0135'],
  },
  SP0716: {
    severity: 'info',
    title: 'The annotation is alpha in Istio',
    explanation: 'It may change or go away in any release of Istio.',
    fix: 'Nothing, if you follow the release notes; leave the finding out with --ignore SP0716.',
    istio: ['IST0136'],
  },
  SP0717: {
    severity: 'warning',
    title: 'The value of an annotation of Istio cannot be read',
    explanation: 'Injection refuses the pod, or ignores the annotation.',
    fix: 'Write a value of the form that the message names.',
    istio: ['IST0125'],
  },
  SP0718: {
    severity: 'warning',
    title: 'The annotation of Istio is on a kind that it is not read from',
    explanation: 'Each annotation of Istio counts on certain kinds only. Nothing acts on it here.',
    fix: 'Move the annotation to an object of a kind that the message names.',
    istio: ['IST0107'],
  },
} satisfies Record<string, CodeEntry>
