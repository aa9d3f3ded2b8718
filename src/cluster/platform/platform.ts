// The objects that a new cluster comes with: the provider's and Istio's, as data.
import type { KubeObject } from '../../resources/object.ts'
import { albObjects } from './alb.ts'
import { ingressGatewayObjects } from './ingress-gateway.ts'
import type { PlatformOptions } from './options.ts'

/** In an order in which they can be created. `default`, `kube-system`, … are the API server's own. */
export function platformObjects(options: PlatformOptions): KubeObject[] {
  const namespaces = ['istio-system', 'ibm-cert-store'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }))
  return [...namespaces, ...albObjects(options), ...ingressGatewayObjects(options)]
}
