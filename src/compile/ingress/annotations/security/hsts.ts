// hsts: browsers are told to use HTTPS only.
import { annotation } from '../annotation.ts'
import { readEntries } from '../entries.ts'
import { bool, integer } from '../values.ts'

const YEAR_SECONDS = 31_536_000

export const hsts = annotation({
  name: 'hsts',
  syntax: 'enabled=<bool> [maxAge=<seconds>] [includeSubdomains=<bool>]',
  doc: 'Adds Strict-Transport-Security to every response of the hosts, with max-age=31536000 and includeSubDomains unless given otherwise.',
  read: (text) => {
    const { entries, faults } = readEntries(text, {
      mandatory: { enabled: bool },
      optional: { maxAge: integer, includeSubdomains: bool },
    })
    const last = entries.at(-1)
    if (last === undefined || !last.enabled) return { faults }
    const subdomains = last.includeSubdomains === false ? '' : '; includeSubDomains'
    return { ingress: { hsts: `max-age=${last.maxAge ?? YEAR_SECONDS}${subdomains}` }, faults }
  },
})
