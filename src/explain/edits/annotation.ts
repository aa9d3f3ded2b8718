// Edits of what the load balancer is told by annotations of an Ingress.
import type { Resource } from '../../resources/snapshot.ts'
import { type Edit, edit } from './edit.ts'

const SSL_SERVICES = 'ingress.bluemix.net/ssl-services'
const FIELD = `metadata.annotations[${SSL_SERVICES}]`

/** The parameters of the entry for a service: `ssl-secret` and the rest, by name. */
export function sslService(ingress: Resource, service: string): ReadonlyMap<string, string> | undefined {
  return entriesOf(ingress).find((one) => one.get('ssl-service') === service)
}

/** The annotation with parameters of one service set; undefined when the Ingress has no entry for it. */
export function withSslService(
  ingress: Resource,
  service: string,
  parameters: Readonly<Record<string, string>>,
): Edit | undefined {
  const entries = entriesOf(ingress)
  if (!entries.some((one) => one.get('ssl-service') === service)) return undefined
  const changed = entries.map((one) =>
    one.get('ssl-service') === service ? new Map([...one, ...Object.entries(parameters)]) : one,
  )
  const [name, value] = Object.entries(parameters)[0] ?? []
  return {
    ...edit(ingress, FIELD, changed.map(entryText).join(';')),
    advice: `Give the load balancer the ${name} ${value}.`,
  }
}

const entriesOf = ({ object }: Resource): readonly ReadonlyMap<string, string>[] =>
  (object.metadata.annotations?.[SSL_SERVICES] ?? '')
    .split(';')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => new Map(entry.split(/\s+/).map((part) => pairOf(part))))

function pairOf(part: string): readonly [string, string] {
  const equals = part.indexOf('=')
  return equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)]
}

const entryText = (entry: ReadonlyMap<string, string>): string =>
  [...entry].map(([name, value]) => `${name}=${value}`).join(' ')
