// A client of a cluster's doors that is no program of its own: requests over the real addresses, for streams of them.

import { type RequestOptions, request } from 'node:https'
import type { SecureContextOptions } from 'node:tls'

export interface Answer {
  readonly status: number
  readonly body: string
}

/** One request on a new connection to `place` (`host:port`), for the name `name`. Rejects when the handshake is refused. */
export function ask(
  place: string,
  name: string,
  path: string,
  tls: Pick<SecureContextOptions, 'ca' | 'cert' | 'key'>,
  more: Partial<RequestOptions> = {},
): Promise<Answer> {
  const [host, port] = place.split(':')
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host,
        port: Number(port),
        servername: name,
        path,
        headers: { host: name },
        agent: false,
        ...tls,
        ...more,
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => {
          body += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
        response.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}
