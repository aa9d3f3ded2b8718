// The rules for an Ingress backend: exactly one of a service (with a port by name or by number) and a resource.
import type { FieldError } from '../kind.ts'
import { invalid, required } from '../validation/field-error.ts'
import { dns1035Label, dns1123Subdomain, pathSegmentName, portName, portNumber } from '../validation/names.ts'

/** A TypedLocalObjectReference. */
export interface ResourceReference {
  readonly apiGroup?: string
  readonly kind?: string
  readonly name?: string
}

export interface IngressBackend {
  readonly service?: {
    readonly name?: string
    readonly port?: { readonly name?: string; readonly number?: number }
  }
  readonly resource?: ResourceReference
}

/** What is wrong with a backend at `field`. */
export function backendErrors(backend: IngressBackend | undefined, field: string): FieldError[] {
  const { service, resource } = backend ?? {}
  if (service && resource) return [invalid(field, '', 'cannot set both resource and service backends')]
  if (resource) return resourceReferenceErrors(resource, `${field}.resource`)
  if (!service) return [invalid(field, '', 'resource or service backend is required')]
  const errors: FieldError[] = []
  const { name = '', port = {} } = service
  if (name === '') errors.push(required(`${field}.service.name`))
  else errors.push(...dns1035Label(name).map((text) => invalid(`${field}.service.name`, name, text)))
  if (port.name && port.number) errors.push(invalid(field, '', 'cannot set both port name & port number'))
  else if (port.name) {
    errors.push(...portName(port.name).map((text) => invalid(`${field}.service.port.name`, port.name, text)))
  } else if (port.number) {
    const { number } = port
    errors.push(...portNumber(number).map((text) => invalid(`${field}.service.port.number`, number, text)))
  } else errors.push(required(field, 'port name or number is required'))
  return errors
}

/** What is wrong with a reference to an object of any kind at `field`. */
export function resourceReferenceErrors(reference: ResourceReference, field: string): FieldError[] {
  const errors: FieldError[] = []
  const { apiGroup } = reference
  if (apiGroup !== undefined) {
    errors.push(...dns1123Subdomain(apiGroup).map((text) => invalid(`${field}.apiGroup`, apiGroup, text)))
  }
  for (const key of ['kind', 'name'] as const) {
    const value = reference[key] ?? ''
    if (value === '') errors.push(required(`${field}.${key}`))
    else errors.push(...pathSegmentName(value).map((text) => invalid(`${field}.${key}`, value, text)))
  }
  return errors
}
