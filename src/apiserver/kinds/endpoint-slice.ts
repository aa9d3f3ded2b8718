// EndpointSlice: some of the endpoints of a Service.
import { isIPv4, isIPv6 } from 'node:net'
import { ENDPOINT_SLICE } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { FieldError, KindDefinition } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { duplicate, invalid, notSupported, required, tooMany } from '../validation/field-error.ts'
import { immutableField } from '../validation/metadata.ts'
import { dns1123Label, dns1123Subdomain, qualifiedName } from '../validation/names.ts'
import { AGE, age, column, NAME } from './columns.ts'
import { PROTOCOLS } from './container-validation.ts'
import { addressErrors } from './ip-address.ts'
import { listCell } from './list-cell.ts'

interface Endpoint {
  readonly addresses?: readonly string[]
  readonly hostname?: string
  readonly nodeName?: string
}
interface Port {
  readonly name?: string
  readonly port?: number
  readonly protocol?: string
  readonly appProtocol?: string
}
interface EndpointSlice extends KubeObject {
  readonly addressType?: string
  readonly endpoints?: readonly Endpoint[]
  readonly ports?: readonly Port[]
}

const TYPES = ['FQDN', 'IPv4', 'IPv6']
const MAX_ENDPOINTS = 1000
const MAX_ADDRESSES = 100
const MAX_PORTS = 20_000

export const endpointSliceKind: KindDefinition = {
  ref: ENDPOINT_SLICE,
  singular: 'endpointslice',
  listKind: 'EndpointSliceList',
  shortNames: [],
  categories: [],
  versions: [builtinVersion('discovery.k8s.io', 'v1', 'EndpointSlice')],
  subresources: {},
  builtin: true,

  default: (object) => {
    const { ports, endpoints, ...rest } = object as EndpointSlice
    return {
      ...rest,
      endpoints: endpoints ?? [],
      ...(ports
        ? {
            ports: ports.map((port) => ({
              ...port,
              name: port.name ?? '',
              protocol: port.protocol ?? 'TCP',
            })),
          }
        : {}),
    } as EndpointSlice
  },

  validate: (object, old) => {
    const { addressType = '', endpoints = [], ports = [] } = object as EndpointSlice
    const errors: FieldError[] = []
    if (!addressType) errors.push(required('addressType'))
    else if (!TYPES.includes(addressType)) errors.push(notSupported('addressType', addressType, TYPES))
    errors.push(...portErrors(ports))
    if (endpoints.length > MAX_ENDPOINTS) errors.push(tooMany('endpoints', endpoints.length, MAX_ENDPOINTS))
    else errors.push(...endpoints.flatMap((endpoint, index) => endpointErrors(endpoint, addressType, index)))
    return old
      ? [...errors, ...immutableField('addressType', addressType, (old as EndpointSlice).addressType)]
      : errors
  },

  table: {
    columns: [
      NAME,
      column('AddressType', 'string', 'IPv4, IPv6 or FQDN.'),
      column('Ports', 'string', 'Ports of the endpoints.'),
      column('Endpoints', 'string', 'Addresses of the endpoints.'),
      AGE,
    ],
    cells: (object, now) => {
      const { addressType = '', endpoints = [], ports = [] } = object as EndpointSlice
      const portTexts = ports.map(({ port, name }) => String(port ?? (name || '*')))
      return [
        object.metadata.name,
        addressType,
        listCell(portTexts, '<unset>'),
        listCell(
          endpoints.flatMap(({ addresses = [] }) => addresses),
          '<unset>',
        ),
        age(object, now),
      ]
    },
  },
}

function portErrors(ports: readonly Port[]): FieldError[] {
  if (ports.length > MAX_PORTS) return [tooMany('ports', ports.length, MAX_PORTS)]
  const names = new Set<string>()
  return ports.flatMap(({ name = '', protocol = '', appProtocol }, index) => {
    const path = `ports[${index}]`
    const errors: FieldError[] = []
    if (name) errors.push(...dns1123Label(name).map((text) => invalid(`${path}.name`, name, text)))
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name))
    names.add(name)
    if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS))
    if (appProtocol !== undefined) {
      errors.push(
        ...qualifiedName(appProtocol).map((text) => invalid(`${path}.appProtocol`, appProtocol, text)),
      )
    }
    return errors
  })
}

function endpointErrors(endpoint: Endpoint, type: string, index: number): FieldError[] {
  const path = `endpoints[${index}]`
  const { addresses = [], hostname, nodeName } = endpoint
  const errors: FieldError[] = []
  if (addresses.length === 0) errors.push(required(`${path}.addresses`, 'must contain at least 1 address'))
  if (addresses.length > MAX_ADDRESSES) {
    errors.push(tooMany(`${path}.addresses`, addresses.length, MAX_ADDRESSES))
  }
  addresses.forEach((address, at) => {
    const field = `${path}.addresses[${at}]`
    if (type === 'FQDN')
      errors.push(...dns1123Subdomain(address).map((text) => invalid(field, address, text)))
    if (type !== 'IPv4' && type !== 'IPv6') return
    const wrong = addressErrors(address, field)
    errors.push(...wrong)
    const fits = type === 'IPv4' ? isIPv4(address) : isIPv6(address)
    if (wrong.length === 0 && !fits) {
      errors.push(invalid(`${path}.addresses`, address, `must be an ${type} address`))
    }
  })
  if (nodeName !== undefined) {
    errors.push(...dns1123Subdomain(nodeName).map((text) => invalid(`${path}.nodeName`, nodeName, text)))
  }
  if (hostname !== undefined) {
    errors.push(...dns1123Label(hostname).map((text) => invalid(`${path}.hostname`, hostname, text)))
  }
  return errors
}
