// The names of Services and pods under the cluster domain, kept in a zone (Kubernetes DNS-based service discovery, version 1.1.0).
import type { RecordData } from '../dns/record.ts'
import type { Zones } from '../dns/zones.ts'
import { type EndpointSlice, SERVICE_NAME_LABEL } from '../resources/endpoint-slice.ts'
import { ENDPOINT_SLICE, SERVICE } from '../resources/kinds.ts'
import type { Service } from '../resources/service.ts'
import { kindKey, type Resource, type Snapshot } from '../resources/snapshot.ts'

/** The names with their records that these Services have. */
export function serviceRecords(
  objects: Snapshot['objects'],
  domain: string,
): ReadonlyMap<string, readonly RecordData[]> {
  const slices = slicesByService(objects.get(kindKey(ENDPOINT_SLICE)))
  const records = new Map<string, readonly RecordData[]>()
  for (const [key, { object }] of objects.get(kindKey(SERVICE)) ?? []) {
    const { metadata, spec } = object as Service
    const name = `${metadata.name}.${metadata.namespace}.svc.${domain}`
    if (spec?.type === 'ExternalName') {
      if (spec.externalName !== undefined) records.set(name, [{ type: 'CNAME', data: spec.externalName }])
      continue
    }
    const headless = spec?.clusterIP === 'None'
    const addresses = headless ? readyAddresses(slices.get(key) ?? []) : [spec?.clusterIP ?? '']
    const found = addresses.filter((address) => address !== '')
    if (found.length === 0) continue
    records.set(
      name,
      found.map((data) => ({ type: 'A', data })),
    )
    for (const port of spec?.ports ?? []) {
      if (port.name === undefined) continue
      const data = { priority: 0, weight: 100, port: port.port, target: name }
      records.set(`_${port.name}._${(port.protocol ?? 'TCP').toLowerCase()}.${name}`, [{ type: 'SRV', data }])
    }
  }
  return records
}

/** Keeps the zone of `domain` equal to what the objects say; one per cluster. */
export class ServiceNames {
  readonly #zones: Zones
  readonly #domain: string
  #known: ReadonlyMap<string, readonly RecordData[]> = new Map()
  #seen: readonly unknown[] = []

  constructor(zones: Zones, domain: string, server: string) {
    this.#zones = zones
    this.#domain = domain
    zones.add(domain, { server })
  }

  update(objects: Snapshot['objects']): void {
    const seen = [objects.get(kindKey(SERVICE)), objects.get(kindKey(ENDPOINT_SLICE))]
    if (seen.every((map, index) => map === this.#seen[index])) return
    this.#seen = seen
    const records = serviceRecords(objects, this.#domain)
    for (const [name, data] of records) this.#zones.set(name, data)
    for (const name of this.#known.keys()) if (!records.has(name)) this.#zones.set(name, [])
    this.#known = records
  }
}

function slicesByService(
  slices: ReadonlyMap<string, Resource> | undefined,
): ReadonlyMap<string, readonly EndpointSlice[]> {
  const found = new Map<string, EndpointSlice[]>()
  for (const { object } of slices?.values() ?? []) {
    const service = object.metadata.labels?.[SERVICE_NAME_LABEL]
    if (service === undefined) continue
    const key = `${object.metadata.namespace}/${service}`
    found.set(key, [...(found.get(key) ?? []), object as EndpointSlice])
  }
  return found
}

function readyAddresses(slices: readonly EndpointSlice[]): readonly string[] {
  const ready = slices
    .flatMap((slice) => slice.endpoints ?? [])
    .filter((one) => one.conditions?.ready !== false)
  return [...new Set(ready.flatMap((endpoint) => endpoint.addresses))].sort()
}
