// Everything that is measured, in the order of the table.
import { chain, http2, plain, type Scenario, tls } from './scenario.ts'
import { connections } from './scenarios/connections.ts'
import { floods } from './scenarios/flood.ts'
import { paced } from './scenarios/paced.ts'

export const scenarios: readonly Scenario[] = [
  floods('plain', 'one hop, plaintext', plain, { connections: 64 }),
  floods('tls', 'one hop behind TLS', tls, { connections: 64 }),
  floods('chain', 'chain: TLS, mutual TLS, program', chain(), { connections: 64 }),
  floods('chain-64k', 'chain, bodies of 64 KiB', chain('/64k'), { connections: 32 }),
  floods('http2', 'one hop behind TLS, HTTP/2', http2, { connections: 8, streams: 16 }),
  paced,
  ...connections,
]
