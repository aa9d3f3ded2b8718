// What is wrong with the ports of a Service.
import type { FieldError } from '../kind.ts'
import { duplicate, forbidden, invalid, notSupported, required } from '../validation/field-error.ts'
import { dns1123Label, portName, portNumber, qualifiedName } from '../validation/names.ts'
import type { ServicePort, ServiceSpec } from './service-type.ts'

/** Errors of `spec.ports`: each port alone, and names, numbers and node ports that come twice. */
export function portErrors({ ports = [], type }: ServiceSpec): FieldError[] {
  const errors: FieldError[] = []
  const names = new Set<string>()
  const seen = new Set<string>()
  const nodePorts = new Set<string>()
  ports.forEach((port, index) => {
    const field = `spec.ports[${index}]`
    errors.push(...onePortErrors(port, field, ports.length > 1, names))
    const { nodePort, protocol = '' } = port
    if (nodePort) {
      if (type === 'ClusterIP') {
        errors.push(forbidden(`${field}.nodePort`, "may not be used when `type` is 'ClusterIP'"))
      }
      if (nodePorts.has(`${protocol}/${nodePort}`)) errors.push(duplicate(`${field}.nodePort`, nodePort))
      nodePorts.add(`${protocol}/${nodePort}`)
    }
    if (seen.has(`${protocol}/${port.port}`)) {
      errors.push(duplicate(field, { protocol, port: port.port }))
    }
    seen.add(`${protocol}/${port.port}`)
  })
  return errors
}

function onePortErrors(
  port: ServicePort,
  field: string,
  nameIsRequired: boolean,
  names: Set<string>,
): FieldError[] {
  const errors: FieldError[] = []
  const { name = '', protocol = '', targetPort = 0, appProtocol } = port
  if (name === '') {
    if (nameIsRequired) errors.push(required(`${field}.name`))
  } else {
    errors.push(...dns1123Label(name).map((text) => invalid(`${field}.name`, name, text)))
    if (names.has(name)) errors.push(duplicate(`${field}.name`, name))
    names.add(name)
  }
  errors.push(...portNumber(port.port).map((text) => invalid(`${field}.port`, port.port, text)))
  const protocols = ['SCTP', 'TCP', 'UDP']
  if (!protocols.includes(protocol)) errors.push(notSupported(`${field}.protocol`, protocol, protocols))
  const targetErrors = typeof targetPort === 'number' ? portNumber(targetPort) : portName(targetPort)
  errors.push(...targetErrors.map((text) => invalid(`${field}.targetPort`, targetPort, text)))
  if (appProtocol !== undefined) {
    errors.push(
      ...qualifiedName(appProtocol).map((text) => invalid(`${field}.appProtocol`, appProtocol, text)),
    )
  }
  return errors
}
