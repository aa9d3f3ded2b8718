// What global-rate-limit and service-rate-limit share: a rate as the token bucket of one route (iks.md 1.1).
import type { Filter } from '../../../ir/filter.ts'
import type { AnnotationFault } from '../settings.ts'
import type { Entry, Parser } from './entries.ts'
import { integer } from './values.ts'

/** Requests within a time. */
interface Rate {
  readonly requests: number
  readonly perMs: number
}

/** What requests are counted by: a header's values, or nothing. */
interface Key {
  readonly header?: string
}

const rate: Parser<Rate> = (text) => {
  const [, requests, unit] = /^([1-9]\d*)r\/([sm])$/.exec(text) ?? []
  return requests === undefined
    ? { expected: 'an integer above 0 with r/s or r/m' }
    : { value: { requests: Number(requests), perMs: unit === 's' ? 1000 : 60_000 } }
}

const key: Parser<Key> = (text) => {
  if (text === 'location' || text === '$location') return { value: {} }
  const header = /^\$(?:http_([a-z0-9_]+)|\{http_([a-z0-9_]+)\})$/.exec(text)
  return header === null
    ? { expected: 'location or $http_<header>' }
    : { value: { header: (header[1] ?? header[2] ?? '').replaceAll('_', '-') } }
}

/** Keys of both annotations; `rate` is needed for there to be a limit. */
export const rateLimitKeys = { mandatory: { key }, optional: { rate, conn: integer } }

type RateLimitEntry = Entry<(typeof rateLimitKeys)['mandatory'], (typeof rateLimitKeys)['optional']>

/** Envoy fills a bucket every 50 ms at most (envoy.extensions.filters.http.local_ratelimit.v3). */
const SHORTEST_FILL_MS = 50

/**
 * The bucket of an entry, undefined when it limits no rate. nginx with `burst` and `nodelay` lets one request and a burst of 20 % (at least one)
 * through at once and one more whenever its time has come; the bucket holds as many and is filled as fast.
 */
export function bucketOf({
  key: by,
  rate: wanted,
}: RateLimitEntry): Filter<'rate-limit'>['config'] | undefined {
  if (wanted === undefined) return undefined
  const { requests, perMs } = wanted
  const capacity = 1 + Math.max(1, Math.floor(requests / 5))
  const tokens = Math.max(1, Math.ceil((SHORTEST_FILL_MS * requests) / perMs))
  return {
    tokens,
    intervalMs: (tokens * perMs) / requests,
    burst: Math.max(0, capacity - tokens),
    status: 503,
    ...(by.header === undefined ? {} : { keyHeader: by.header }),
  }
}

/** That connections are not limited, or that an entry limits nothing. */
export function rateLimitFaults({ rate: wanted, conn }: RateLimitEntry): readonly AnnotationFault[] {
  const fault = (message: string, advice: string) => ({ message, advice, severity: 'warning' as const })
  return [
    ...(conn === undefined
      ? []
      : [fault(`conn=${conn} is not acted on: connections are not counted.`, 'Limit the rate instead.')]),
    ...(wanted === undefined
      ? [fault('An entry without rate limits nothing.', 'Give a rate, such as rate=10r/s.')]
      : []),
  ]
}
