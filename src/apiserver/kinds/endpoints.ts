// Endpoints: the addresses behind a Service, in the older form.
import { ENDPOINTS } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { FieldError, KindDefinition } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { invalid, notSupported, required } from '../validation/field-error.ts'
import { dns1123Label, portNumber } from '../validation/names.ts'
import { AGE, age, column, NAME } from './columns.ts'
import { PROTOCOLS } from './container-validation.ts'
import { addressErrors, joinHostPort } from './ip-address.ts'
import { listCell } from './list-cell.ts'

interface Address {
  readonly ip?: string
  readonly hostname?: string
}
interface Port {
  readonly name?: string
  readonly port?: number
  readonly protocol?: string
}
interface Subset {
  readonly addresses?: readonly Address[]
  readonly notReadyAddresses?: readonly Address[]
  readonly ports?: readonly Port[]
}
interface Endpoints extends KubeObject {
  readonly subsets?: readonly Subset[]
}

export const endpointsKind: KindDefinition = {
  ref: ENDPOINTS,
  singular: 'endpoints',
  listKind: 'EndpointsList',
  shortNames: ['ep'],
  categories: [],
  versions: [
    builtinVersion('', 'v1', 'Endpoints', {
      deprecated: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
    }),
  ],
  subresources: {},
  builtin: true,
  allowCreateOnUpdate: true,

  default: (object) => {
    const { subsets, ...rest } = object as Endpoints
    if (!subsets) return object
    return {
      ...rest,
      subsets: subsets.map((subset) =>
        subset.ports
          ? { ...subset, ports: subset.ports.map((port) => ({ ...port, protocol: port.protocol || 'TCP' })) }
          : subset,
      ),
    } as Endpoints
  },

  validate: (object) => (object as Endpoints).subsets?.flatMap(subsetErrors) ?? [],

  table: {
    columns: [NAME, column('Endpoints', 'string', 'Addresses and ports that are ready.'), AGE],
    cells: (object, now) => [
      object.metadata.name,
      listCell(((object as Endpoints).subsets ?? []).flatMap(endpointTexts), '<none>'),
      age(object, now),
    ],
  },
}

function endpointTexts({ addresses = [], ports = [] }: Subset): string[] {
  const ips = addresses.map(({ ip = '' }) => ip)
  if (ports.length === 0) return ips
  return ports.flatMap(({ port = 0 }) => ips.map((ip) => joinHostPort(ip, port)))
}

function subsetErrors(subset: Subset, index: number): FieldError[] {
  const path = `subsets[${index}]`
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset
  const errors: FieldError[] = []
  if (addresses.length + notReadyAddresses.length === 0) {
    errors.push(required(path, 'must specify `addresses` or `notReadyAddresses`'))
  }
  for (const [name, list] of Object.entries({ addresses, notReadyAddresses })) {
    list.forEach(({ ip = '', hostname }, at) => {
      errors.push(...addressErrors(ip, `${path}.${name}[${at}].ip`))
      if (hostname) {
        errors.push(
          ...dns1123Label(hostname).map((text) => invalid(`${path}.${name}[${at}].hostname`, hostname, text)),
        )
      }
    })
  }
  ports.forEach(({ name, port = 0, protocol = '' }, at) => {
    const field = `${path}.ports[${at}]`
    if (!name && ports.length > 1) errors.push(required(`${field}.name`))
    if (name) errors.push(...dns1123Label(name).map((text) => invalid(`${field}.name`, name, text)))
    errors.push(...portNumber(port).map((text) => invalid(`${field}.port`, port, text)))
    if (!protocol) errors.push(required(`${field}.protocol`))
    else if (!PROTOCOLS.includes(protocol))
      errors.push(notSupported(`${field}.protocol`, protocol, PROTOCOLS))
  })
  return errors
}
