// Istio's default ingress gateway: a Deployment and a LoadBalancer Service in istio-system.
import type { KubeObject } from '../../resources/object.ts'
import { PROXY_ANNOTATION, SIDECAR_CONTAINER } from '../../resources/pod.ts'
import { PROXY_IMAGE } from '../injection/proxy-container.ts'
import type { PlatformOptions } from './options.ts'

const NAME = 'istio-ingressgateway'
const NAMESPACE = 'istio-system'

export function ingressGatewayObjects(options: PlatformOptions): KubeObject[] {
  const selector = { app: NAME, istio: 'ingressgateway' }
  const metadata = { name: NAME, namespace: NAMESPACE, labels: selector }
  const serviceAccountName = `${NAME}-service-account`
  const port = (name: string, number: number, targetPort: number) => ({
    name,
    port: number,
    targetPort,
    protocol: 'TCP',
  })
  const objects = [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: serviceAccountName, namespace: NAMESPACE },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: selector },
        template: {
          metadata: {
            labels: {
              ...selector,
              'service.istio.io/canonical-name': NAME,
              'service.istio.io/canonical-revision': 'latest',
              'sidecar.istio.io/inject': 'false',
            },
            annotations: { [PROXY_ANNOTATION]: 'gateway' },
          },
          spec: {
            serviceAccountName,
            containers: [
              {
                name: SIDECAR_CONTAINER,
                image: PROXY_IMAGE,
                args: ['proxy', 'router'],
                ports: [15021, 8080, 8443, 15090].map((containerPort) => ({
                  containerPort,
                  protocol: 'TCP',
                  ...(containerPort === 15090 ? { name: 'http-envoy-prom' } : {}),
                })),
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        type: 'LoadBalancer',
        ...(options.gatewayAddress === undefined ? {} : { loadBalancerIP: options.gatewayAddress }),
        selector,
        ports: [port('status-port', 15021, 15021), port('http2', 80, 8080), port('https', 443, 8443)],
      },
    },
  ]
  return objects
}
