// An API server in memory on a port of its own, and a plain HTTPS client with a certificate.

import type { IncomingHttpHeaders } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { startApiServer } from '../server.ts'
import type { ApiServer, ApiServerOptions } from '../server-options.ts'
import { type ClientCertificate, type TestPki, testPki } from './test-pki.ts'

export interface Reply {
  readonly code: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Parsed JSON, `{}` when the body is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly body: any
}

export interface CallOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** null: without a certificate. */
  readonly client?: ClientCertificate | null
}

export interface TestServer extends ApiServer {
  readonly pki: TestPki
  call(method: string, path: string, options?: CallOptions): Promise<Reply>
  /** The events of a watch as they come; `close` ends it. */
  stream(path: string, headers?: Readonly<Record<string, string>>): EventStream
}

export interface EventStream {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  next(): Promise<any>
  close(): void
}

/** Starts one; close it after use. */
export async function startTestServer(options: Partial<ApiServerOptions> = {}): Promise<TestServer> {
  const pki = await testPki()
  const server = await startApiServer({
    store: 'memory',
    listen: { host: '127.0.0.1', port: 0 },
    tls: pki.server,
    serviceCidr: '10.96.0.0/16',
    report: (problem) => console.error(problem),
    ...options,
  })
  const admin = pki.client('admin', 'system:masters')
  const agents = new Set<Agent>()
  const agent = (client: ClientCertificate | null): Agent => {
    const made = new Agent({ keepAlive: false, ca: pki.ca, ...(client ?? {}) })
    agents.add(made)
    return made
  }
  const adminAgent = agent(admin)
  const open = (method: string, path: string, { headers, client }: CallOptions) => {
    const how: RequestOptions = {
      host: '127.0.0.1',
      port: server.port,
      method,
      path,
      agent: client === undefined ? adminAgent : agent(client),
      headers: { ...headers },
    }
    return request(how)
  }
  return {
    ...server,
    pki,
    call: (method, path, how = {}) =>
      new Promise((resolve, reject) => {
        const { body } = how
        const bytes =
          body === undefined
            ? undefined
            : Buffer.from(
                typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
              )
        const type = bytes && { 'content-type': 'application/json', 'content-length': String(bytes.length) }
        const sent = open(method, path, { ...how, headers: { ...type, ...how.headers } })
        sent.on('error', reject)
        sent.on('response', (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            let parsed: unknown = {}
            try {
              parsed = JSON.parse(text)
            } catch {
              // Not JSON: `text` has it.
            }
            resolve({ code: response.statusCode ?? 0, headers: response.headers, text, body: parsed })
          })
        })
        sent.end(bytes)
      }),
    stream(path, headers = {}) {
      const sent = open('GET', path, { headers })
      const lines = events(sent)
      return { next: async () => (await lines.next()).value, close: () => sent.destroy() }
    },
    async close() {
      for (const one of agents) one.destroy()
      await server.close()
    },
  }
}

async function* events(sent: ReturnType<typeof request>): AsyncGenerator<unknown, undefined> {
  const response = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
    sent.on('response', resolve)
    sent.on('error', reject)
    sent.end()
  })
  let rest = ''
  for await (const chunk of response) {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line)
  }
  return undefined
}
