// Where the ALB looks for a secret: the Ingress's namespace, then `default`, then `ibm-cert-store` (iks.md 1.1, 3).
import { SECRET } from '../../resources/kinds.ts'
import type { Secret } from '../../resources/secret.ts'
import { readObject, readPlatform } from '../graph/inputs.ts'
import type { Read } from '../graph/query.ts'
import { listed, named } from '../text.ts'
import { type Holder, type Problem, readHolder } from '../tls/credential.ts'

/** A secret with this key in `default` stands for the one of the same name in `ibm-cert-store`. */
const REFERENCE_KEY = 'referenceSecret'

/** The secret an Ingress of this namespace means by a name, or why there is none. */
export function lookUpSecret(read: Read, namespace: string, name: string): Holder | Problem {
  const { secretFallback } = readPlatform(read)
  const store = secretFallback.at(-1)
  const tried = [...new Set([namespace, ...secretFallback])]
  for (const place of tried) {
    const key = `${place}/${name}`
    const data = readObject<Secret>(read, SECRET, key)?.object.data
    const refers = place !== store && data?.[REFERENCE_KEY] !== undefined
    const holder = refers ? undefined : readHolder(read, 'Secret', key)
    if (holder !== undefined) return holder
  }
  return { code: 'SP0201', message: `${named('Secret', name)} does not exist in ${listed(tried)}.` }
}
