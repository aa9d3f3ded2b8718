// upstream-keepalive: how many idle connections to a service are kept.
import { annotation } from '../annotation.ts'
import { readEntries } from '../entries.ts'
import { integer, list } from '../values.ts'

export const upstreamKeepalive = annotation({
  name: 'upstream-keepalive',
  syntax: 'serviceName=<services> keepalive=<number>[;…]',
  doc: 'How many idle connections to the service are kept for reuse. Default 64; 0 keeps none.',
  read: (text) => {
    const { entries, faults } = readEntries(text, {
      mandatory: { serviceName: list, keepalive: integer },
      optional: {},
    })
    return {
      faults,
      services: entries.map(({ serviceName, keepalive }) => ({
        names: serviceName,
        settings: { maxIdle: keepalive },
      })),
    }
  },
})
