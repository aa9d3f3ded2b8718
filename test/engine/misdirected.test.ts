// A connection that was opened for one name and is used for another that shares its certificate, as browsers do (istio.md 9.6).
import { type ClientHttp2Session, connect } from 'node:http2'
import { expect, onTestFinished, test } from 'vitest'
import { TestAuthority, TestBlobs } from './testing/certificates.ts'
import { ask } from './testing/client.ts'
import { testEngine } from './testing/engine.ts'
import { chain, freePort, listener, manager, proxy, route, table, virtualHost } from './testing/model.ts'

function statusOf(client: ClientHttp2Session, authority: string): Promise<unknown> {
  const stream = client.request({ ':path': '/', ':authority': authority })
  return new Promise((resolve) => stream.on('response', (headers) => resolve(headers[':status'])))
}

test.each([
  ['404 as in Istio', {}, 404, 'route_not_found'],
  ['421 where that is asked for', { misdirected: 421 as const }, 421, 'misdirected_request'],
])(
  'a request for a name that the chain of its connection does not have: %s',
  async (_name, rest, status, details) => {
    const blobs = new TestBlobs()
    const authority = new TestAuthority(blobs)
    const port = await freePort()
    const { use, log } = testEngine(blobs)
    const says = (name: string) =>
      chain(
        manager(table(virtualHost([name], [route({ kind: 'direct-response', status: 200, body: name })])), {
          accessLog: 'istio-json',
          ...rest,
        }),
        {
          name,
          match: { transport: 'tls', serverNames: [name] },
          tls: {
            certificates: [
              authority.leaf({ subject: { commonName: 'wild' }, dns: ['a.test', 'b.test'] }).ref,
            ],
            alpn: ['h2', 'http/1.1'],
            clientCertificate: { mode: 'none' },
          },
        },
      )
    await use(proxy('g', [listener(port, [says('a.test'), says('b.test')])], []))
    const ca = authority.authority.certificate
    const client = connect(`https://127.0.0.1:${port}`, { ca, servername: 'a.test' })
    onTestFinished(() => client.destroy())
    expect(await statusOf(client, 'a.test')).toBe(200)
    expect(await statusOf(client, 'b.test')).toBe(status)
    expect((await ask({ port, ca, servername: 'a.test', headers: { host: 'b.test' } })).status).toBe(status)
    expect(log.map(({ line }) => JSON.parse(line)).slice(1)).toMatchObject([
      {
        response_code: status,
        response_flags: 'NR',
        response_code_details: details,
        requested_server_name: 'a.test',
        authority: 'b.test',
      },
      { response_code: status, response_flags: 'NR' },
    ])
  },
)
