// The istio-proxy container as injection writes it: what describe shows and users override. The engine does its work.
import { SIDECAR_CONTAINER } from '../../resources/pod.ts'
import type { Container } from '../objects/pod.ts'

export const PROXY_IMAGE = 'istio/proxyv2:1.31.0'

const RESOURCES = {
  requests: { cpu: '100m', memory: '128Mi' },
  limits: { cpu: '2', memory: '1Gi' },
}

/** What a template makes of the container; the user's own istio-proxy container (image `auto`) wins field by field. */
export function proxyContainer(role: 'sidecar' | 'gateway', own: Container | undefined): Container {
  const { image, ports, resources, ...rest } = own ?? { name: SIDECAR_CONTAINER }
  const prometheus = { containerPort: 15090, name: 'http-envoy-prom', protocol: 'TCP' }
  return {
    args: ['proxy', role === 'gateway' ? 'router' : 'sidecar'],
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsGroup: 1337,
      runAsNonRoot: true,
      runAsUser: 1337,
    },
    ...rest,
    name: SIDECAR_CONTAINER,
    image: image === undefined || image === 'auto' ? PROXY_IMAGE : image,
    ports: [...(ports ?? []).filter((port) => port.containerPort !== prometheus.containerPort), prometheus],
    resources: resources ?? RESOURCES,
  }
}
