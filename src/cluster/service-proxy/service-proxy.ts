// The role of kube-proxy: TCP forwarding at the addresses of Services whose pods are not proxies.
import { isDeepStrictEqual } from 'node:util'
import { diagnostic } from '../../diagnostics/diagnostic.ts'
import { ENDPOINT_SLICE, POD, SERVICE } from '../../resources/kinds.ts'
import { keyOf, refOf } from '../../resources/object.ts'
import { PROXY_ANNOTATION } from '../../resources/pod.ts'
import type { AddressPlan } from '../addresses/plan.ts'
import { type Controller, type ControllerContext, runController } from '../controllers/controller.ts'
import { SLICE_SERVICE_LABEL } from '../controllers/endpoints/desired.ts'
import { namespacedKey } from '../controllers/owner.ts'
import type { Pod } from '../objects/pod.ts'
import type { EndpointSlice, Service } from '../objects/service.ts'
import type { ClusterOptions } from '../options.ts'
import { matchesLabels } from '../selector.ts'
import { type Front, frontsOf } from './backends.ts'
import { Forwarder } from './forwarder.ts'

/** Starts forwarding. Two Services never share a place (the API server gives each its own), so that listeners are kept per Service. */
export async function startServiceProxy(
  context: ControllerContext,
  addresses: AddressPlan,
  report: ClusterOptions['report'],
): Promise<Controller> {
  const services = await context.informers.of<Service>(SERVICE)
  const slices = await context.informers.of<EndpointSlice>(ENDPOINT_SLICE)
  const pods = await context.informers.of<Pod>(POD)
  const open = new Map<string, Map<string, { front: Front; forwarder: Forwarder }>>()
  const retired = new Set<Forwarder>()
  const slicesByService = new Map<string, Map<string, EndpointSlice>>()

  const index = (slice: EndpointSlice, gone = false): string => {
    const service = namespacedKey(
      slice.metadata.namespace,
      slice.metadata.labels?.[SLICE_SERVICE_LABEL] ?? '',
    )
    const own = slicesByService.get(service) ?? new Map<string, EndpointSlice>()
    if (gone) own.delete(slice.metadata.name)
    else own.set(slice.metadata.name, slice)
    if (own.size > 0) slicesByService.set(service, own)
    else slicesByService.delete(service)
    return service
  }

  const podsOf = (namespace: string | undefined): Pod[] =>
    [...pods.cache.values()].filter((pod) => pod.metadata.namespace === namespace)

  const sync = async (key: string): Promise<undefined> => {
    const service = services.cache.get(key)
    const fronts = service
      ? frontsOf({
          service,
          slices: [...(slicesByService.get(key)?.values() ?? [])],
          pods: podsOf(service.metadata.namespace),
          nodeAddress: addresses.apiServer,
        })
      : []
    const present = open.get(key) ?? new Map<string, { front: Front; forwarder: Forwarder }>()
    open.set(key, present)
    const wanted = new Map(fronts.map((front) => [`${front.address}:${front.port}`, front]))
    for (const [place, { forwarder }] of present) {
      if (wanted.has(place)) continue
      present.delete(place)
      retired.add(forwarder)
      await forwarder.close()
    }
    for (const [place, front] of wanted) {
      const known = present.get(place)
      if (!known)
        present.set(place, {
          front,
          forwarder: new Forwarder(front, { locate: addresses.locate, busy: busy(service) }),
        })
      else if (!isDeepStrictEqual(known.front, front)) {
        known.front = front
        known.forwarder.update(front)
      }
    }
    if (present.size === 0) open.delete(key)
  }

  const busy = (service: Service | undefined) => (front: Front, error: Error) => {
    const place = addresses.locate(front.address, front.port)
    report(
      diagnostic(
        'SP0702',
        service ? { object: refOf(service), field: 'spec.ports' } : {},
        `cannot listen at ${place.host}:${place.port} for ${front.address}:${front.port}: ${error.message}`,
      ),
    )
  }

  const controller = await runController('service-proxy', context, {
    sync,
    watch: async (add) => {
      for (const slice of slices.cache.values()) index(slice)
      for (const key of services.cache.keys()) add(key)
      return [
        services.on(({ object }) => add(keyOf(object.metadata))),
        slices.on(({ type, object }) => add(index(object, type === 'DELETED'))),
        // Slices tell of all pods but one thing: whether a pod is a proxy.
        pods.on(({ object }) => {
          if (object.metadata.annotations?.[PROXY_ANNOTATION] === undefined) return
          for (const [key, service] of services.cache) {
            if (service.metadata.namespace !== object.metadata.namespace) continue
            if (matchesLabels(service.spec.selector, object.metadata.labels)) add(key)
          }
        }),
      ]
    },
  })
  return {
    close: async () => {
      await controller.close()
      const all = [...open.values()].flatMap((fronts) => [...fronts.values()].map((one) => one.forwarder))
      await Promise.all(all.map((forwarder) => forwarder.close()))
      for (const forwarder of [...all, ...retired]) forwarder.destroy()
    },
  }
}
