// Who owns a host: exactly one Ingress, the oldest; the classic ALB ignores later ones ("conflicting server name").

import type { Ingress } from '../../resources/ingress.ts'
import { INGRESS } from '../../resources/kinds.ts'
import { readKeys, readObject } from '../graph/inputs.ts'
import { query } from '../graph/query.ts'
import { foreignClass } from './class.ts'

/** The host of a rule without one, and of an Ingress with a default backend only. */
export const ANY_HOST = '*'

interface Claims {
  readonly created: string
  readonly hosts: readonly string[]
}

/** The hosts that an Ingress asks for; undefined when it is not ours to serve. */
const claimsOf = query<Claims | undefined>(
  'ingress-claims',
  (read, key) => {
    const ingress = readObject<Ingress>(read, INGRESS, key)?.object
    if (ingress === undefined || foreignClass(read, ingress) !== undefined) return undefined
    const rules = ingress.spec?.rules ?? []
    const hosts = rules.map((rule) => (rule.host ? rule.host.toLowerCase() : ANY_HOST))
    if (rules.length === 0 && ingress.spec?.defaultBackend !== undefined) hosts.push(ANY_HOST)
    return { created: ingress.metadata.creationTimestamp ?? '', hosts: [...new Set(hosts)] }
  },
  () => undefined,
)

/** Host to the keys of the Ingresses that claim it, its owner first. */
export const hostClaims = query<ReadonlyMap<string, readonly string[]>>('host-claims', (read) => {
  const claims = new Map<string, { key: string; created: string }[]>()
  for (const key of readKeys(read, INGRESS)) {
    const claim = read(claimsOf, key)
    for (const host of claim?.hosts ?? []) {
      const all = claims.get(host)
      const entry = { key, created: claim?.created ?? '' }
      if (all === undefined) claims.set(host, [entry])
      else all.push(entry)
    }
  }
  return new Map(
    [...claims]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([host, all]) => [
        host,
        all
          .sort((a, b) => (a.created === b.created ? 0 : a.created < b.created ? -1 : 1))
          .map((entry) => entry.key),
      ]),
  )
})

/** The key of the Ingress that owns a host. */
export const hostOwner = query<string | undefined>(
  'host-owner',
  (read, host) => read(hostClaims, '').get(host)?.[0],
)
