// Istio's mesh configuration: the text under `mesh` in the ConfigMap `istio` of the root namespace, as istiod reads it.
import { parse } from 'yaml'
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import { CONFIG_MAP } from '../../resources/kinds.ts'
import type { ConfigMap } from '../../resources/secret.ts'
import type { Resource } from '../../resources/snapshot.ts'
import type { ExtensionProvider, MeshConfig } from '../../resources/telemetry.ts'
import { demandNumber, demandText } from '../demand.ts'
import { readObject, readPlatform } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { meshConfigSupport } from '../support/telemetry.ts'
import { uncovered } from '../support/uncovered.ts'
import { errorText } from '../text.ts'
import { serviceFacts, serviceKeyOfHost } from '../workload/services.ts'

interface Mesh {
  readonly config: MeshConfig
  /** Of the text; there is one for all its fields. */
  readonly origin: Origin
  readonly diagnostics: readonly Diagnostic[]
}

const FIELD = 'data.mesh'

function read(resource: Resource<ConfigMap>): Mesh {
  const origin = resource.origin(FIELD)
  const parsed: unknown = parse(resource.object.data?.['mesh'] ?? '') ?? {}
  if (typeof parsed !== 'object' || Array.isArray(parsed)) throw new TypeError('it is not a map')
  const ignored = uncovered({ spec: parsed }, meshConfigSupport).map(({ field }) =>
    field.slice('spec.'.length),
  )
  const message = `Of the mesh configuration these are not acted on: ${ignored.join(', ')}.`
  return {
    config: parsed as MeshConfig,
    origin,
    diagnostics: ignored.length === 0 ? [] : [diagnostic('SP0104', origin, message)],
  }
}

const none: Mesh = { config: {}, origin: {}, diagnostics: [] }

/** The mesh configuration of the snapshot; empty where there is none, or where it cannot be read. */
export const meshConfig = query<Mesh>('mesh-config', (get) => {
  const resource = readObject<ConfigMap>(get, CONFIG_MAP, `${readPlatform(get).rootNamespace}/istio`)
  if (resource?.object.data?.['mesh'] === undefined) return none
  try {
    return read(resource)
  } catch (error) {
    const origin = resource.origin(FIELD)
    return {
      ...none,
      diagnostics: [diagnostic('SP1102', origin, `The mesh configuration: ${errorText(error)}`)],
    }
  }
})

/** Where a provider is, and whether a Service is there. `field` names it in errors. */
export function placeOf(
  read: Read,
  settings: { readonly service?: string; readonly port?: number },
  field: string,
): { readonly host: string; readonly port: number; readonly known: boolean } {
  const host = demandText(settings.service, `${field} service`)
    .replace(/^[^/]*\//, '')
    .toLowerCase()
  const port = demandNumber(settings.port, `${field} port`)
  const key = serviceKeyOfHost(read, host)
  const ports = key === undefined ? undefined : read(serviceFacts, key)?.ports
  return { host, port, known: ports?.some((one) => one.port === port) === true }
}

/** The provider of a name, whatever its case; undefined when the mesh configuration has none. */
export function providerNamed(config: MeshConfig, name: string): ExtensionProvider | undefined {
  return config.extensionProviders?.find((one) => one.name?.toLowerCase() === name.toLowerCase())
}
