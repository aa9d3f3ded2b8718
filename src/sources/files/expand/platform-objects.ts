// The platform that manifests take for granted: an ALB and Istio's ingress gateway, as Deployments with their Services.

import type { KubeObject } from '../../../resources/object.ts'
import { PROXY_ANNOTATION } from '../../../resources/pod.ts'

interface Door {
  readonly kind: 'alb' | 'gateway'
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly serviceAccount: string
  readonly ports: readonly (readonly [name: string, port: number, target: number])[]
}

const doors: readonly Door[] = [
  {
    kind: 'alb',
    namespace: 'kube-system',
    name: 'alb',
    labels: { app: 'alb' },
    serviceAccount: 'alb',
    ports: [
      ['http', 80, 80],
      ['https', 443, 443],
    ],
  },
  {
    kind: 'gateway',
    namespace: 'istio-system',
    name: 'istio-ingressgateway',
    labels: { app: 'istio-ingressgateway', istio: 'ingressgateway' },
    serviceAccount: 'istio-ingressgateway-service-account',
    ports: [
      ['status-port', 15_021, 15_021],
      ['http2', 80, 8080],
      ['https', 443, 8443],
    ],
  },
]

function objectsOf({ kind, namespace, name, labels, serviceAccount, ports }: Door): readonly KubeObject[] {
  const template = {
    metadata: { labels, annotations: { [PROXY_ANNOTATION]: kind } },
    spec: {
      serviceAccountName: serviceAccount,
      containers: [
        {
          name: 'istio-proxy',
          ports: ports.map(([port, , target]) => ({ name: port, containerPort: target })),
        },
      ],
    },
  }
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name, labels },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  }
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name },
    spec: {
      type: 'LoadBalancer',
      selector: labels,
      ports: ports.map(([port, number, target]) => ({
        name: port,
        port: number,
        targetPort: target,
        protocol: 'TCP',
      })),
    },
  }
  return [deployment, service] as readonly KubeObject[]
}

/** The objects of the wanted doors that are not there yet. */
export function platformObjects(
  present: ReadonlySet<Door['kind']>,
  wanted: readonly Door['kind'][],
): readonly KubeObject[] {
  return doors.filter((door) => wanted.includes(door.kind) && !present.has(door.kind)).flatMap(objectsOf)
}
