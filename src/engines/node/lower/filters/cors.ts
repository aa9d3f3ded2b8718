// cors: answers preflights and marks responses (VirtualService corsPolicy, Envoy's CORS filter).
import type { Filter } from '../../../../ir/filter.ts'
import { stringTest } from '../string-match.ts'

export interface CorsPlan {
  readonly kind: 'cors'
  readonly allows: (origin: string) => boolean
  readonly ignoreUnmatchedPreflights: boolean
  /** Headers of the answer to a preflight, besides the origin. */
  readonly preflight: readonly (readonly [name: string, value: string])[]
  /** Headers of any other answer to an allowed origin, besides the origin. */
  readonly actual: readonly (readonly [name: string, value: string])[]
}

export function corsPlan({ config }: Filter<'cors'>): CorsPlan {
  const tests = config.allowOrigins.map(stringTest)
  const credentials: [string, string][] = config.allowCredentials
    ? [['access-control-allow-credentials', 'true']]
    : []
  const list = (name: string, values: readonly string[]): [string, string][] =>
    values.length === 0 ? [] : [[name, values.join(',')]]
  const exposed = list('access-control-expose-headers', config.exposeHeaders)
  return {
    kind: 'cors',
    // As in Envoy, an exact `*` stands for every origin.
    allows: (origin) => tests.some((test) => test('*') || test(origin)),
    ignoreUnmatchedPreflights: config.unmatchedPreflights === 'ignore',
    preflight: [
      ...credentials,
      ...list('access-control-allow-methods', config.allowMethods),
      ...list('access-control-allow-headers', config.allowHeaders),
      ...exposed,
      ...(config.maxAgeSeconds === undefined
        ? []
        : [['access-control-max-age', String(config.maxAgeSeconds)] as [string, string]]),
    ],
    actual: [...credentials, ...exposed],
  }
}
