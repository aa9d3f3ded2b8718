// LoadBalancer Services get an address of the cluster's range, and keep it as long as they are of that type.
import { SERVICE } from '../../resources/kinds.ts'
import { keyOf } from '../../resources/object.ts'
import type { AddressPlan } from '../addresses/plan.ts'
import type { EventRecorder } from '../events.ts'
import type { Service } from '../objects/service.ts'
import { type Controller, type ControllerContext, runController } from './controller.ts'

const SOURCE = 'service-controller'

/** Starts the load balancer controller. */
export async function startLoadBalancerController(
  context: ControllerContext,
  events: EventRecorder,
  addresses: Pick<AddressPlan, 'loadBalancers'>,
): Promise<Controller> {
  const client = context.client.as(SOURCE)
  const services = await context.informers.of<Service>(SERVICE)
  const held = new Map<string, { readonly uid: string; readonly address: string }>()
  // What was given out in an earlier run comes first, so that no newcomer takes it.
  for (const [key, service] of services.cache) {
    const shown = shownAddress(service)
    const taken = shown !== undefined && isOurs(service) ? addresses.loadBalancers.take(shown) : undefined
    if (taken !== undefined) held.set(key, { uid: service.metadata.uid ?? '', address: taken })
  }

  const sync = async (key: string): Promise<undefined> => {
    const service = services.cache.get(key)
    const has = held.get(key)
    if (has && (!service || !isOurs(service) || has.uid !== service.metadata.uid)) {
      held.delete(key)
      addresses.loadBalancers.release(has.address)
    }
    if (!service) return
    if (!isOurs(service)) {
      if (service.status?.loadBalancer?.ingress && service.spec.type !== 'LoadBalancer')
        await show(service, undefined)
      return
    }
    const address = held.get(key)?.address ?? take(key, service)
    if (address === undefined) return
    if (shownAddress(service) !== address) await show(service, address)
  }

  const take = (key: string, service: Service): string | undefined => {
    const wanted = service.spec.loadBalancerIP
    const address = addresses.loadBalancers.take(wanted || shownAddress(service))
    const failed = address === undefined ? 'no address is left in the load balancer range' : undefined
    const other = wanted && address !== undefined && address !== wanted
    if (failed !== undefined || other) {
      if (address !== undefined) addresses.loadBalancers.release(address)
      const message = failed ?? `${wanted} is not a free load balancer address of this cluster`
      events.record(SOURCE, service, { type: 'Warning', reason: 'SyncLoadBalancerFailed', message })
      return undefined
    }
    if (address !== undefined) held.set(key, { uid: service.metadata.uid ?? '', address })
    return address
  }

  const show = async (service: Service, address: string | undefined): Promise<void> => {
    const loadBalancer = address === undefined ? {} : { ingress: [{ ip: address, ipMode: 'VIP' }] }
    await client.updateStatus({ ...service, status: { ...service.status, loadBalancer } } as Service)
    if (address === undefined) return
    events.record(SOURCE, service, {
      type: 'Normal',
      reason: 'EnsuredLoadBalancer',
      message: 'Ensured load balancer',
    })
  }

  return runController(SOURCE, context, {
    sync,
    concurrency: 1,
    watch: async (add) => {
      for (const key of services.cache.keys()) add(key)
      return [
        services.on(({ type, object }) => {
          const key = keyOf(object.metadata)
          add(key)
          if (type !== 'DELETED') return
          // An address became free: those that asked for it may have it.
          for (const [other, service] of services.cache) {
            if (isOurs(service) && shownAddress(service) === undefined) add(other)
          }
        }),
      ]
    },
  })
}

/** A Service of another load balancer class is somebody else's. */
function isOurs(service: Service): boolean {
  return (
    service.spec.type === 'LoadBalancer' &&
    service.spec.loadBalancerClass === undefined &&
    service.metadata.deletionTimestamp === undefined
  )
}

function shownAddress(service: Service): string | undefined {
  return service.status?.loadBalancer?.ingress?.[0]?.ip
}
