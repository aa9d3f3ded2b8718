// Service + pods -> Endpoints and EndpointSlices. Services without selector keep the Endpoints their user wrote, mirrored into slices.
import { isDeepStrictEqual } from 'node:util'
import { ENDPOINT_SLICE, ENDPOINTS, POD, SERVICE } from '../../../resources/kinds.ts'
import { keyOf } from '../../../resources/object.ts'
import { isReady, type Pod } from '../../objects/pod.ts'
import type { EndpointSlice, Endpoints, Service } from '../../objects/service.ts'
import { matchesLabels } from '../../selector.ts'
import { type Controller, type ControllerContext, runController, tolerate } from '../controller.ts'
import { namespacedKey, splitKey } from '../owner.ts'
import {
  desiredEndpoints,
  desiredSlices,
  MIRROR_MANAGER,
  mirroredSlices,
  SLICE_MANAGER,
  SLICE_MANAGER_LABEL,
  SLICE_SERVICE_LABEL,
} from './desired.ts'
import { membersOf } from './members.ts'

/** Starts the endpoints controller. */
export async function startEndpointsController(context: ControllerContext): Promise<Controller> {
  const client = context.client.as('endpoint-controller')
  const services = await context.informers.of<Service>(SERVICE)
  const pods = await context.informers.of<Pod>(POD)
  const endpoints = await context.informers.of<Endpoints>(ENDPOINTS)
  const slices = await context.informers.of<EndpointSlice>(ENDPOINT_SLICE)

  const sync = async (key: string): Promise<undefined> => {
    const { namespace, name } = splitKey(key)
    const service = services.cache.get(key)
    if (!service || service.metadata.deletionTimestamp !== undefined) {
      if (endpoints.cache.has(key)) await tolerate('NotFound', client.delete(ENDPOINTS, name, namespace))
      await writeSlices(key, [])
      return
    }
    if (service.spec.type === 'ExternalName') return
    if (service.spec.selector === undefined || Object.keys(service.spec.selector).length === 0) {
      const written = endpoints.cache.get(key)
      await writeSlices(key, written ? mirroredSlices(service, written) : [])
      return
    }
    const members = membersOf(service, pods.cache.values())
    await Promise.all([
      writeEndpoints(desiredEndpoints(service, members)),
      writeSlices(key, desiredSlices(service, members)),
    ])
  }

  const writeEndpoints = async (wanted: Endpoints): Promise<void> => {
    const present = endpoints.cache.get(keyOf(wanted.metadata))
    if (!present) {
      await client.create(wanted)
      return
    }
    const same =
      isDeepStrictEqual(present.subsets ?? [], wanted.subsets ?? []) &&
      isDeepStrictEqual(present.metadata.labels ?? {}, wanted.metadata.labels ?? {})
    if (same) return
    const { resourceVersion, uid } = present.metadata
    const known = { ...(resourceVersion ? { resourceVersion } : {}), ...(uid ? { uid } : {}) }
    await client.update({ ...wanted, metadata: { ...wanted.metadata, ...known } })
  }

  /** Makes our slices of the Service equal to `wanted`; slices of other managers are left alone. */
  const writeSlices = async (serviceKey: string, wanted: readonly EndpointSlice[]): Promise<void> => {
    const names = new Set(wanted.map((slice) => slice.metadata.name))
    const own = [...slices.cache.values()].filter(
      (slice) => isOurs(slice) && serviceKeyOf(slice) === serviceKey,
    )
    for (const slice of wanted) {
      const present = own.find((one) => one.metadata.name === slice.metadata.name)
      if (!present) await client.create(slice)
      else if (!sameSlice(present, slice)) {
        const resourceVersion = present.metadata.resourceVersion ?? ''
        await client.update({ ...slice, metadata: { ...slice.metadata, resourceVersion } })
      }
    }
    for (const slice of own.filter((one) => !names.has(one.metadata.name))) {
      await tolerate('NotFound', client.delete(ENDPOINT_SLICE, slice.metadata.name, slice.metadata.namespace))
    }
  }

  return runController('endpoint-controller', context, {
    sync,
    watch: async (add) => {
      for (const key of services.cache.keys()) add(key)
      for (const slice of slices.cache.values()) if (isOurs(slice)) add(serviceKeyOf(slice))
      const addServicesOf = (pod: Pod) => {
        for (const [key, service] of services.cache) {
          if (service.metadata.namespace !== pod.metadata.namespace) continue
          if (matchesLabels(service.spec.selector, pod.metadata.labels)) add(key)
        }
      }
      const before = new Map<string, Pod>(pods.cache)
      return [
        services.on(({ object }) => add(keyOf(object.metadata))),
        endpoints.on(({ object }) => add(keyOf(object.metadata))),
        slices.on(({ object }) => {
          if (isOurs(object)) add(serviceKeyOf(object))
        }),
        pods.on(({ type, object }) => {
          const key = keyOf(object.metadata)
          const old = before.get(key)
          if (type === 'DELETED') before.delete(key)
          else before.set(key, object)
          if (type === 'MODIFIED' && old && sameForServices(old, object)) return
          if (old && !isDeepStrictEqual(old.metadata.labels, object.metadata.labels)) addServicesOf(old)
          addServicesOf(object)
        }),
      ]
    },
  })
}

/** Whether nothing changed that Endpoints show. */
function sameForServices(old: Pod, pod: Pod): boolean {
  return (
    old.metadata.uid === pod.metadata.uid &&
    old.status?.podIP === pod.status?.podIP &&
    old.status?.phase === pod.status?.phase &&
    old.spec.nodeName === pod.spec.nodeName &&
    isReady(old) === isReady(pod) &&
    old.metadata.deletionTimestamp === pod.metadata.deletionTimestamp &&
    isDeepStrictEqual(old.metadata.labels, pod.metadata.labels)
  )
}

function isOurs(slice: EndpointSlice): boolean {
  const manager = slice.metadata.labels?.[SLICE_MANAGER_LABEL]
  return manager === SLICE_MANAGER || manager === MIRROR_MANAGER
}

function serviceKeyOf(slice: EndpointSlice): string {
  return namespacedKey(slice.metadata.namespace, slice.metadata.labels?.[SLICE_SERVICE_LABEL] ?? '')
}

function sameSlice(present: EndpointSlice, wanted: EndpointSlice): boolean {
  const ports = (slice: EndpointSlice) => slice.ports.map((port) => ({ ...port, name: port.name ?? '' }))
  return (
    isDeepStrictEqual(present.endpoints ?? [], wanted.endpoints) &&
    isDeepStrictEqual(ports({ ...present, ports: present.ports ?? [] }), ports(wanted)) &&
    isDeepStrictEqual(present.metadata.labels, wanted.metadata.labels)
  )
}
