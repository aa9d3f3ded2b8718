// custom-port: other ports than 80 and 443 for the hosts of the Ingress.
import type { IngressSettings } from '../../settings.ts'
import { annotation } from '../annotation.ts'
import { type Parser, readEntries } from '../entries.ts'

const protocol: Parser<'http' | 'https'> = (text) =>
  text === 'http' || text === 'https' ? { value: text } : { expected: 'http or https' }

/** 7481-7490 are the ALB's own. */
const port: Parser<number> = (text) => {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > 65_535) return { expected: 'a port from 1 to 65535' }
  return value >= 7481 && value <= 7490
    ? { expected: 'another port than 7481 - 7490, which annotations cannot use' }
    : { value }
}

export const customPort = annotation({
  name: 'custom-port',
  syntax: 'protocol=http|https port=<port>[;…]',
  doc: 'Serves the hosts of the Ingress at other ports. Naming either protocol drops both defaults (80 and 443); of two entries for one protocol the last counts. The Service of the ALB must have the port (public-ports).',
  read: (text) => {
    const { entries, faults } = readEntries(text, { mandatory: { protocol, port }, optional: {} })
    if (entries.length === 0) return { faults }
    const ports: IngressSettings['ports'] = Object.fromEntries(
      entries.map((entry) => [entry.protocol, entry.port]),
    )
    return { ingress: { ports }, faults }
  },
})
