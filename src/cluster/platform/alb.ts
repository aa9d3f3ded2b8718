// The provider's Ingress load balancer (ALB) of a classic cluster: a Deployment and a LoadBalancer Service in kube-system.
import type { KubeObject } from '../../resources/object.ts'
import { PROXY_ANNOTATION } from '../../resources/pod.ts'
import type { PlatformOptions } from './options.ts'

export const ALB_IMAGE = 'sallyport-alb:1'

/** `public-cr<clusterId>-alb1`: the ALB's id, and the name of its objects. */
export function albName(clusterId: string): string {
  return `public-cr${clusterId}-alb1`
}

/** One pod, because there is one node: an IKS ALB puts its replicas on different nodes. */
export function albObjects(options: PlatformOptions): KubeObject[] {
  const name = albName(options.clusterId)
  const labels = { app: name }
  const metadata = { name, namespace: 'kube-system', labels }
  const objects = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'ingress-alb', namespace: 'kube-system' } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: { [PROXY_ANNOTATION]: 'alb' } },
          spec: {
            serviceAccountName: 'ingress-alb',
            containers: [
              {
                name: 'nginx-ingress',
                image: ALB_IMAGE,
                ports: [
                  { name: 'http', containerPort: 8080, protocol: 'TCP' },
                  { name: 'https', containerPort: 8443, protocol: 'TCP' },
                ],
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
        ...(options.albAddress === undefined ? {} : { loadBalancerIP: options.albAddress }),
        selector: labels,
        ports: [
          { name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' },
          { name: 'https', port: 443, targetPort: 8443, protocol: 'TCP' },
        ],
      },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'public-iks-k8s-nginx' },
      spec: { controller: 'k8s.io/ingress-nginx' },
    },
  ]
  return objects
}
