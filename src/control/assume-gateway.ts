// A door for VirtualServices that are looked at by themselves: a Gateway for every host, to which all of them are bound.
import { GATEWAY, VIRTUAL_SERVICE } from '../resources/kinds.ts'
import { type KubeObject, keyOf, refOf } from '../resources/object.ts'
import { kindKey, type Resource, type Snapshot } from '../resources/snapshot.ts'
import type { VirtualService } from '../resources/virtual-service.ts'

const NAME = 'sallyport-every-route'
/** A port that no other server has. */
const PORT = 15_997

const gateway = (namespace: string): KubeObject & { readonly spec: object } => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Gateway',
  metadata: { name: NAME, namespace },
  spec: {
    selector: { istio: 'ingressgateway' },
    servers: [{ port: { number: PORT, name: 'http-every-route', protocol: 'HTTP' }, hosts: ['*/*'] }],
  },
})

/** The snapshot with that Gateway. Routes keep the gateways they have as well. */
export function assumeGateway(snapshot: Snapshot): Snapshot {
  const { rootNamespace: namespace } = snapshot.platform
  const added = gateway(namespace)
  const resource: Resource = {
    object: added,
    origin: (field) => ({ object: refOf(added), ...(field ? { field } : {}) }),
  }
  const services = [...(snapshot.objects.get(kindKey(VIRTUAL_SERVICE)) ?? [])].map(
    ([key, one]) => [key, { ...one, object: bound(one.object, `${namespace}/${NAME}`) }] as const,
  )
  const gateways = snapshot.objects.get(kindKey(GATEWAY)) ?? new Map<string, Resource>()
  const objects = new Map(snapshot.objects)
    .set(kindKey(VIRTUAL_SERVICE), new Map(services))
    .set(kindKey(GATEWAY), new Map(gateways).set(keyOf(added.metadata), resource))
  return { ...snapshot, objects }
}

function bound(object: VirtualService, name: string): VirtualService {
  const { spec } = object
  // `match[].gateways` narrows a route to doors that need not be here.
  const http = spec?.http?.map(({ match, ...route }) => ({
    ...route,
    ...(match ? { match: match.map(({ gateways: _, ...condition }) => condition) } : {}),
  }))
  const gateways = [...(spec?.gateways ?? ['mesh']), name]
  return { ...object, spec: { ...spec, gateways, ...(http ? { http } : {}) } }
}
