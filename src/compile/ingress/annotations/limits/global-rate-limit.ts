// global-rate-limit: how many requests each path of the Ingress takes.
import { annotation } from '../annotation.ts'
import { readEntries } from '../entries.ts'
import { bucketOf, rateLimitFaults, rateLimitKeys } from '../rate-limit.ts'

export const globalRateLimit = annotation({
  name: 'global-rate-limit',
  syntax: 'key=<location|$http_header> rate=<n>r/<s|m>',
  doc: 'Limits every path of the Ingress to a rate, with a burst of a fifth of it (at least one) at once; 503 above it. Counted for each path, or for each value of a header, requests without the header together. What service-rate-limit says of a service counts instead. conn= is reported and not acted on.',
  read: (text) => {
    const { entries, faults } = readEntries(text, rateLimitKeys)
    const rateLimit = entries.map(bucketOf).at(-1)
    return {
      faults: [...faults, ...entries.flatMap(rateLimitFaults)],
      services: rateLimit === undefined ? [] : [{ settings: { rateLimit } }],
    }
  },
})
