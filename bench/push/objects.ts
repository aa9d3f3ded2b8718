// A cluster with a gateway and a load balancer and many routes to both, as compile gets it from the API.
import { assembleSnapshot } from '../../src/control/file-snapshot.ts'
import type { KubeObject } from '../../src/resources/object.ts'
import { kindKey, type Resource, type Snapshot } from '../../src/resources/snapshot.ts'
import { expand } from '../../src/sources/files/expand/expand.ts'

export const ROUTES_PER_OBJECT = 10

const deployment = (name: string, annotations: Readonly<Record<string, string>>) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'mesh' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations },
      spec: { containers: [{ name, image: name }] },
    },
  },
})
const service = (name: string, type: string, targetPort: number) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'mesh' },
  spec: { type, selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort }] },
})
const cluster: readonly KubeObject[] = [
  deployment('gateway', { 'sallyport.dev/proxy': 'gateway' }),
  deployment('app', {}),
  service('gateway', 'LoadBalancer', 8080),
  service('app', 'ClusterIP', 8000),
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'door', namespace: 'mesh' },
    spec: {
      selector: { app: 'gateway' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  } as KubeObject,
]

/** What answers in round `round` at host `index`: one of ten routes says so. */
export function virtualService(index: number, round: number): KubeObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: `h${index}`, namespace: 'mesh' },
    spec: {
      hosts: [`h${index}.test`],
      gateways: ['door'],
      http: Array.from({ length: ROUTES_PER_OBJECT }, (_, at) => ({
        match: [{ uri: { prefix: `/r${at}` } }],
        ...(at === 3
          ? { directResponse: { status: 200, body: { string: String(round) } } }
          : { route: [{ destination: { host: 'app', port: { number: 80 } } }] }),
      })),
    },
  } as KubeObject
}

/** An Ingress whose ten paths lead to a program; `round` is in one of them. */
export function ingress(index: number, round: number): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: `h${index}`, namespace: 'mesh' },
    spec: {
      rules: [
        {
          host: `h${index}.test`,
          http: {
            paths: Array.from({ length: ROUTES_PER_OBJECT }, (_, at) => ({
              path: at === 3 ? `/round/${round}` : `/r${at}`,
              pathType: 'Prefix',
              backend: { service: { name: 'app', port: { number: 80 } } },
            })),
          },
        },
      ],
    },
  } as KubeObject
}

const resource = (object: KubeObject): Resource => ({
  object,
  origin: (field) => ({
    object: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      namespace: 'mesh',
      name: object.metadata.name,
    },
    field,
  }),
})

/** The cluster with these objects in it. */
export function clusterOf(objects: readonly KubeObject[], now: number): Snapshot {
  return assembleSnapshot(expand([...cluster, ...objects].map(resource), { platform: ['alb'] }), now)
}

/** The same snapshot with another version of one object, all else identical, as the API's watch gives it. */
export function changed(snapshot: Snapshot, object: KubeObject): Snapshot {
  const group = object.apiVersion.split('/')[0] ?? ''
  const kind = kindKey({ group, kind: object.kind })
  const all = new Map(snapshot.objects.get(kind))
  all.set(`mesh/${object.metadata.name}`, resource(object))
  return { ...snapshot, objects: new Map(snapshot.objects).set(kind, all) }
}
