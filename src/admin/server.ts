// The admin socket of a running cluster: what the command line asks it. HTTP over a unix socket that only its owner may open.
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AccessLine } from '../control/access-log.ts'
import type { Running } from '../control/running.ts'
import type { TraceQuestion } from '../control/tracing.ts'
import { UserError } from '../control/user-error.ts'
import type { EngineStatus } from '../engines/engine.ts'
import { traceJson } from '../explain/trace-json.ts'

export interface AdminServer {
  close(): Promise<void>
}

export interface AdminOptions {
  readonly running: Running
  /** Path of the unix socket; a stale one is replaced. */
  readonly socket: string
  /** Loopback port for `/metrics` and `/healthz`, for a scraper; none when absent. */
  readonly metricsPort?: number
  /** Asked by `down`: the process is to end. */
  readonly onStop: () => void
}

type Handler = (
  options: AdminOptions,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) => Promise<void> | void

const routes: Readonly<Record<string, Handler>> = {
  'GET /status': ({ running }, _request, response) => {
    const { version, took, diagnostics } = running.state()
    sendJson(response, {
      ...running.summary(),
      model: { version, took },
      ...engineFacts(running),
      diagnostics,
    })
  },
  'GET /model': ({ running }, _request, response) => sendJson(response, running.state().model),
  'GET /environment': ({ running }, _request, response) => sendJson(response, running.environment()),
  'GET /metrics': sendMetrics,
  'GET /settled': async ({ running }, _request, response) => {
    await running.settled()
    sendJson(response, { version: running.state().version })
  },
  'GET /logs': ({ running }, request, response, url) => {
    const proxy = url.searchParams.get('proxy') ?? ''
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    const send = (entry: AccessLine): void => {
      if (entry.proxy.includes(proxy)) response.write(`${JSON.stringify(entry)}\n`)
    }
    for (const entry of running.accessLog.tail(Number(url.searchParams.get('tail') ?? 100), proxy))
      send(entry)
    if (url.searchParams.get('follow') !== 'true') {
      response.end()
      return
    }
    request.on('close', running.accessLog.follow(send))
    response.flushHeaders()
  },
  'POST /ibmcloud': async ({ running }, request, response) => {
    const { args, environment } = JSON.parse(await bodyOf(request)) as {
      args: string[]
      environment: Record<string, string>
    }
    sendJson(response, await running.ibmcloud(args, environment))
  },
  'POST /trace': async ({ running }, request, response) => {
    const answer = running.trace(JSON.parse(await bodyOf(request)) as TraceQuestion)
    sendJson(response, { ...answer, trace: traceJson(answer.trace) })
  },
  'POST /stop': ({ onStop }, _request, response) => {
    sendJson(response, {})
    response.on('finish', onStop)
  },
}

/** The processes of the engine, if it has any of its own, and its proxies. */
function engineFacts({ engine }: Running): Omit<EngineStatus, 'version'> {
  const { version: _, ...facts } = engine.status()
  return facts
}

/** Starts serving; resolves when the socket is there. */
export async function startAdminServer(options: AdminOptions): Promise<AdminServer> {
  rmSync(options.socket, { force: true })
  const servers = [await listen(serverFor(options, routes), { path: options.socket })]
  chmodSync(options.socket, 0o600)
  if (options.metricsPort !== undefined) {
    const open = { 'GET /metrics': sendMetrics, 'GET /healthz': sendHealth }
    servers.push(await listen(serverFor(options, open), { host: '127.0.0.1', port: options.metricsPort }))
  }
  return {
    async close() {
      await Promise.all(
        servers.map(
          (server) =>
            new Promise<void>((resolve) => {
              server.close(() => resolve())
              server.closeAllConnections()
            }),
        ),
      )
      rmSync(options.socket, { force: true })
    },
  }
}

function serverFor(options: AdminOptions, table: Readonly<Record<string, Handler>>): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://admin')
    const handler = table[`${request.method} ${url.pathname}`]
    if (!handler) {
      response.writeHead(404).end(`no such thing: ${request.method} ${url.pathname}\n`)
      return
    }
    Promise.resolve()
      .then(() => handler(options, request, response, url))
      .catch((error: unknown) => {
        if (error instanceof UserError && !response.headersSent) {
          const { message, advice } = error
          response.writeHead(422).end(JSON.stringify({ message, advice }))
          return
        }
        if (!response.headersSent) response.writeHead(500)
        response.end(`${error instanceof Error ? error.message : error}\n`)
      })
  })
}

function listen(server: Server, at: { path: string } | { host: string; port: number }): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(at, () => resolve(server))
  })
}

async function sendMetrics(
  { running }: AdminOptions,
  _: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const text = await running.metrics()
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text)
}

function sendHealth(_: AdminOptions, __: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n')
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
