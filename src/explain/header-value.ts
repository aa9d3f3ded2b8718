// The commands of Envoy's access-log format that header values may use, as far as they are known before a request is sent.
import type { Flight } from './hop.ts'

const COMMAND = /%(?:%|([A-Z0-9_]+)(?:\(([^)]*)\))?(?::(\d+))?%)/g

/** What is known while a header is written. */
export interface ValueSource {
  readonly flight: Flight
  readonly headers: ReadonlyMap<string, string>
  readonly sourceIp: string
  readonly sni?: string
}

/** The value with its commands carried out; one that only the running engine can answer stays as it is written. */
export const headerValue = (text: string, source: ValueSource): string =>
  text.replace(COMMAND, (whole, command?: string, argument = '', length?: string) => {
    if (command === undefined) return '%'
    const value = valueOf(command, argument, source)
    if (value === undefined) return whole
    return length === undefined ? value : value.slice(0, Number(length))
  })

function valueOf(command: string, argument: string, source: ValueSource): string | undefined {
  const { flight, sourceIp, sni } = source
  switch (command) {
    case 'REQ':
      return (
        argument
          .toLowerCase()
          .split('?')
          .map((name) => requestHeader(name, source))
          .find((value) => value !== undefined) ?? ''
      )
    case 'METHOD':
      return flight.method
    case 'PATH':
      return argument.includes('NQ') ? flight.target.split('?')[0] : flight.target
    case 'DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT':
    case 'DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT':
      return sourceIp
    case 'REQUESTED_SERVER_NAME':
      return sni ?? ''
    default:
      return undefined
  }
}

function requestHeader(name: string, { flight, headers }: ValueSource): string | undefined {
  switch (name) {
    case ':authority':
      return flight.authority
    case ':path':
      return flight.target
    case ':method':
      return flight.method
    case ':scheme':
      return flight.scheme
    default:
      return headers.get(name)
  }
}
