// What is known of the PEM values of the snapshot, by place and by content.
import type { CertificateFacts, Digest, PemFacts } from '../../ir/certificate.ts'
import { CONFIG_MAP, SECRET } from '../../resources/kinds.ts'
import { getOf, type Resource } from '../../resources/snapshot.ts'
import type { World } from './world.ts'

export interface PemPlace {
  readonly resource: Resource
  /** `namespace/name`. */
  readonly key: string
  readonly dataKey: string
  readonly facts: PemFacts
}

/** Every PEM value with the object that holds it. */
export function pemPlaces(world: World): readonly PemPlace[] {
  return [...world.snapshot.pem].flatMap(([place, index]) => {
    const space = place.indexOf(' ')
    const kind = place.slice(0, space) === 'Secret' ? SECRET : CONFIG_MAP
    const key = place.slice(space + 1)
    const slash = key.indexOf('/')
    const resource = getOf(world.snapshot, kind, key.slice(slash + 1), key.slice(0, slash))
    if (resource === undefined) return []
    return [...index].map(([dataKey, facts]) => ({ resource, key, dataKey, facts }))
  })
}

/** The first certificate of a value, if it holds any. */
export const firstOf = ({ content }: PemFacts): CertificateFacts | undefined =>
  content.kind === 'certificates' ? content.certificates[0] : undefined

/** The places by the digest of their content. */
export function byDigest(world: World): ReadonlyMap<Digest, PemPlace> {
  return new Map(pemPlaces(world).map((place) => [place.facts.digest, place]))
}
