// Ports of Services whose protocol is not told, or told in two ways.
import { type Diagnostic, diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { SERVICE } from '../../../../resources/kinds.ts'
import { keyOf } from '../../../../resources/object.ts'
import { TLS_MODE_LABEL } from '../../../../resources/pod.ts'
import type { Service, ServicePort } from '../../../../resources/service.ts'
import { perObject } from '../../per-object.ts'
import { rule } from '../../rule.ts'
import { groupBy, type World } from '../../world.ts'

const PROTOCOLS = [
  'http',
  'http2',
  'grpc',
  'grpc-web',
  'https',
  'tls',
  'tcp',
  'udp',
  'mongo',
  'redis',
  'mysql',
]

/** The protocol that name or appProtocol tells; undefined when neither does. */
function told({ name = '', appProtocol, protocol }: ServicePort): string | undefined {
  if (appProtocol) return appProtocol.toLowerCase()
  if (protocol !== undefined && protocol !== 'TCP') return protocol.toLowerCase()
  return PROTOCOLS.findLast((one) => name.toLowerCase() === one || name.toLowerCase().startsWith(`${one}-`))
}

interface Use {
  readonly key: string
  readonly port: number
  readonly protocol?: string
  readonly origin: Diagnostic['origin']
  /** The pods and their port. */
  readonly target: string
}

function portFindings(world: World, uses: Use[]): readonly Diagnostic[] {
  return perObject<Service>(world, SERVICE, ({ object, origin }) => {
    const { selector = {}, ports = [] } = object.spec ?? {}
    const namespace = object.metadata.namespace ?? ''
    const pods = world.podsWith(namespace, selector)
    if (!pods.some((pod) => pod.object.metadata.labels?.[TLS_MODE_LABEL] === 'istio')) return []
    const [first] = pods.map((pod) => pod.object.metadata.name).sort()
    return ports.flatMap((port, index) => {
      const protocol = told(port)
      const at = origin(`spec.ports[${index}]`)
      const target = `${namespace} ${first} ${port.targetPort ?? port.port}`
      const use = { key: keyOf(object.metadata), port: port.port, origin: at, target }
      uses.push(protocol === undefined ? use : { ...use, protocol })
      if (protocol !== undefined) return []
      const name = port.name === undefined || port.name === '' ? 'has no name' : `is named ${port.name}`
      return [
        diagnostic(
          'SP0706',
          at,
          `Port ${port.port} of Service ${keyOf(object.metadata)} ${name}, which tells no protocol.`,
        ),
      ]
    })
  })
}

/** What the second of two Services says otherwise than the first of the same port of the same pods. */
function disagreement(first: Use, other: Use): readonly Diagnostic[] {
  const related = [{ message: 'The other Service.', origin: first.origin }]
  const both = (one: string, two: string) => `Service ${other.key} ${one} and Service ${first.key} ${two} of`
  if (first.protocol !== undefined && other.protocol !== undefined && first.protocol !== other.protocol) {
    const message = `${both(`says ${other.protocol}`, `says ${first.protocol}`)} the same port of the same pods.`
    return [diagnostic('SP0707', other.origin, message, { related })]
  }
  if (first.port === other.port || first.key === other.key) return []
  const message = `${both(`has port ${other.port}`, `has port ${first.port}`)} the same target port of the same pods.`
  return [diagnostic('SP0714', other.origin, message, { related })]
}

export const ports = rule({
  codes: ['SP0706', 'SP0707', 'SP0714'],
  check: (world) => {
    const uses: Use[] = []
    const findings = portFindings(world, uses)
    const clashes = [...groupBy(uses, ({ target }) => target).values()].flatMap(([first, ...rest]) => {
      const told = first && rest.map((other) => disagreement(first, other))
      return told?.find((found) => found.length > 0) ?? []
    })
    return [...findings, ...clashes]
  },
})
