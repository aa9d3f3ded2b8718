// The repair of a proxy-ssl-name: the same annotation with the one name that would work.
import type { Fix } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import { sslServices } from './resource-of.ts'
import type { World } from './world.ts'

const FIELD = 'metadata.annotations[ingress.bluemix.net/ssl-services]'

/** The edit, when the annotation names one service and exactly one exact name is possible; undefined otherwise. */
export function replaceProxySslName(
  world: World,
  origin: Origin,
  possible: readonly string[],
): Fix | undefined {
  const value = sslServices(world, origin)
  const names = [...new Set(possible.filter((name) => !name.startsWith('*')))]
  const [name] = names
  if (value === undefined || name === undefined || names.length > 1 || value.includes(';')) return undefined
  if (/ proxy-ssl-name=\S*/.test(value)) {
    return { field: FIELD, value: value.replace(/ proxy-ssl-name=\S*/, ` proxy-ssl-name=${name}`) }
  }
  return value.includes(' ssl-secret=')
    ? { field: FIELD, value: `${value} proxy-ssl-name=${name}` }
    : undefined
}
