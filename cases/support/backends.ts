// The programs behind the proxies: at every endpoint that no proxy binds, a server that tells what it saw.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { Locate } from '../../src/engines/engine.ts'
import type { Model } from '../../src/ir/proxy.ts'
import type { Material } from './credentials.ts'
import { addressesIn } from './places.ts'
import type { BackendSettings } from './settings.ts'

export interface Seen {
  readonly address: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly sni?: string
  readonly client?: string
}

function seen(address: string, request: IncomingMessage): Seen {
  const socket = request.socket as Partial<TLSSocket>
  const sni = socket.servername
  const subject = socket.getPeerCertificate?.().subject?.CN
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)])
  return {
    address,
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(headers),
    ...(typeof sni === 'string' && sni !== '' ? { sni } : {}),
    ...(typeof subject === 'string' ? { client: subject } : {}),
  }
}

function answer(address: string, more: BackendSettings['answers'] = {}) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const status = /^\/status\/(\d{3})/.exec(request.url ?? '')?.[1]
    request.resume()
    request.on('end', () => {
      response.writeHead(Number(status ?? 200), { 'content-type': 'application/json', ...more })
      response.end(JSON.stringify(seen(address, request)))
    })
  }
}

function serverFor(address: string, settings: BackendSettings | undefined, material: Material): Server {
  if (settings?.certificate === undefined) return createServer(answer(address, settings?.answers))
  const ca = settings.clientCa === undefined ? undefined : material.get(`${settings.clientCa}.ca`)
  return createSecureServer(
    {
      cert: material.get(`${settings.certificate}.crt`),
      key: material.get(`${settings.certificate}.key`),
      ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
    },
    answer(address, settings.answers),
  )
}

/** Starts a server per endpoint; the function that comes back stops them. */
export async function startBackends(
  model: Model,
  locate: Locate,
  settings: readonly BackendSettings[],
  material: Material,
): Promise<() => Promise<void>> {
  const bound = new Set(
    model.proxies.flatMap((proxy) =>
      proxy.listeners.flatMap((listener) => listener.binds.map((bind) => `${bind.address}:${bind.port}`)),
    ),
  )
  const servers: Server[] = []
  for (const pair of addressesIn(model).filter((one) => !bound.has(one))) {
    const colon = pair.lastIndexOf(':')
    const port = Number(pair.slice(colon + 1))
    const wanted = settings.find((one) => one.port === port)
    if (wanted?.down === true) continue
    const server = serverFor(pair, wanted, material)
    const place = locate(pair.slice(0, colon), port)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(place.port, place.host, resolve)
    })
    servers.push(server)
  }
  return async () => {
    for (const server of servers) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
