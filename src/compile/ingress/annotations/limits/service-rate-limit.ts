// service-rate-limit: how many requests each path of a service takes.
import { annotation } from '../annotation.ts'
import { readEntries } from '../entries.ts'
import { bucketOf, rateLimitFaults, rateLimitKeys } from '../rate-limit.ts'
import { list } from '../values.ts'

const { mandatory, optional } = rateLimitKeys

export const serviceRateLimit = annotation({
  name: 'service-rate-limit',
  syntax: 'serviceName=<services> key=<location|$http_header> rate=<n>r/<s|m>[;…]',
  doc: 'As global-rate-limit, for the paths of some services.',
  read: (text) => {
    const { entries, faults } = readEntries(text, {
      mandatory: { serviceName: list, ...mandatory },
      optional,
    })
    const services = entries.flatMap((entry) => {
      const rateLimit = bucketOf(entry)
      return rateLimit === undefined ? [] : [{ names: entry.serviceName, settings: { rateLimit } }]
    })
    return { faults: [...faults, ...entries.flatMap(rateLimitFaults)], services }
  },
})
