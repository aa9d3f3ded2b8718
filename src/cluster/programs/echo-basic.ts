// echo-basic, the backend of the Gateway API conformance suite: answers with a JSON description of the request and of the pod.
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { Lifeline } from './lifeline.ts'
import { listen } from './listen.ts'

/** Variables: NAMESPACE, POD_NAME, SERVICE_NAME, INCLUDE_HTTP_PORT_… as the suite's manifests set them; TLS when TLS_SERVER_CERT and TLS_SERVER_PRIVKEY are given. */
export function serveEchoBasic(lifeline: Lifeline): void {
  const env = process.env
  const servers: { server: Server; port: number }[] = [
    { server: createServer(answer), port: Number(env['HTTP_PORT'] ?? 3000) },
  ]
  const { TLS_SERVER_CERT: cert, TLS_SERVER_PRIVKEY: key, TLS_CLIENT_CACERTS: ca } = env
  if (cert && key) {
    const tls = {
      cert: readFileSync(cert),
      key: readFileSync(key),
      ...(ca ? { ca: readFileSync(ca), requestCert: true, rejectUnauthorized: false } : {}),
    }
    servers.push({ server: createTlsServer(tls, answer), port: Number(env['HTTPS_PORT'] ?? 8443) })
  }
  listen(servers, lifeline)
}

const answer: RequestListener = (request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const delayMs = goDuration(url.searchParams.get('delay') ?? '')
  const status = /^\/status\/(\d{3})$/.exec(url.pathname)?.[1]
  request.resume()
  const body = `${JSON.stringify(describe(request), null, 1)}\n`
  setTimeout(() => {
    for (const [name, value] of echoedHeaders(request)) response.appendHeader(name, value)
    response.writeHead(status === undefined ? 200 : Number(status), {
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
    })
    response.end(body)
  }, delayMs)
}

function describe(request: IncomingMessage): Record<string, unknown> {
  const env = process.env
  const headers: Record<string, string[]> = {}
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (values && name !== 'host') headers[canonical(name)] = values
  }
  const tls = tlsOf(request)
  return {
    path: request.url,
    host: request.headers.host ?? '',
    method: request.method,
    proto: `HTTP/${request.httpVersion}`,
    headers,
    httpPort: String(request.socket.localPort ?? ''),
    namespace: env['NAMESPACE'] ?? '',
    ingress: env['INGRESS_NAME'] ?? '',
    service: env['SERVICE_NAME'] ?? '',
    pod: env['POD_NAME'] ?? env['HOSTNAME'] ?? '',
    ...(tls ? { tls } : {}),
  }
}

function tlsOf(request: IncomingMessage): Record<string, unknown> | undefined {
  const socket = request.socket as TLSSocket
  if (!socket.encrypted) return undefined
  const peer = socket.getPeerX509Certificate()
  return {
    version: socket.getProtocol(),
    serverName: socket.servername || '',
    negotiatedProtocol: socket.alpnProtocol || '',
    cipherSuite: socket.getCipher().standardName,
    ...(peer ? { peerCertificates: [peer.toString()] } : {}),
  }
}

/** `X-Echo-Set-Header: name:value,name:value` asks for response headers. */
function echoedHeaders(request: IncomingMessage): readonly (readonly [string, string])[] {
  const asked = request.headers['x-echo-set-header']
  return String(asked ?? '')
    .split(',')
    .flatMap((pair): [string, string][] => {
      const colon = pair.indexOf(':')
      return colon < 0 ? [] : [[pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()]]
    })
    .filter(([name]) => /^[\w-]+$/.test(name))
}

/** `1s`, `250ms`, `1m30s` in milliseconds; 0 for anything else. */
export function goDuration(text: string): number {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    total += Number(amount) * (units[unit ?? ''] ?? 0)
  return total
}

/** `x-request-id` -> `X-Request-Id`. */
function canonical(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase())
}
