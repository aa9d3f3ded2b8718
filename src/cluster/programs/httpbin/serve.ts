// The httpbin server: finds the endpoint, answers HEAD and OPTIONS for all of them, and turns bad input into 400.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Lifeline } from '../lifeline.ts'
import { listen } from '../listen.ts'
import { BadRequest, type Exchange, type Flavour, readBody, send } from './exchange.ts'
import { type Route, routes } from './routes.ts'

const TEXT = { 'content-type': 'text/plain; charset=utf-8' }

interface CompiledRoute extends Route {
  readonly regex: RegExp
  readonly names: readonly string[]
}

const compiled: readonly CompiledRoute[] = routes.map((route) => {
  const names: string[] = []
  const source = route.pattern
    .replace(/[.]/g, '\\.')
    .replace(/<(\w+)(\\\.\\\.\\\.)?>/g, (_, name: string, rest: string | undefined) => {
      names.push(name)
      return rest === undefined ? '([^/]*)' : '(.*)'
    })
  return { ...route, names, regex: new RegExp(`^${source}/?$`) }
})

/** Arguments: the image's name, then its command line. Ports: a `-b`/`-port` flag, PORT, or the image's own. */
export function serveHttpbin(args: readonly string[], lifeline: Lifeline): void {
  const [image = 'httpbin', ...words] = args
  const flavour: Flavour = image === 'go-httpbin' ? 'go' : 'python'
  listen([{ server: httpbinServer(flavour), port: portOf(words, flavour) }], lifeline)
}

/** The port of a command line (gunicorn's or go-httpbin's), of PORT, or of the image. */
export function portOf(words: readonly string[], flavour: Flavour, env = process.env['PORT']): number {
  for (const [index, word] of words.entries()) {
    const match = /^--?(?:b|bind|p|port)(?:=(.*))?$/.exec(word)
    const port = match && /(?:^|:)(\d+)$/.exec(match[1] ?? words[index + 1] ?? '')?.[1]
    if (port) return Number(port)
  }
  return Number(env) || (flavour === 'go' ? 8080 : 80)
}

/** The server, not yet listening. */
export function httpbinServer(flavour: Flavour): Server {
  return createServer((request, response) => {
    answer(flavour, request, response).catch((error: unknown) => {
      if (response.headersSent) {
        response.destroy()
        return
      }
      const status = error instanceof BadRequest ? error.status : 500
      if (status === 500) process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
      const text = error instanceof BadRequest ? error.message : 'Internal Server Error'
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
    })
  })
}

async function answer(flavour: Flavour, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = request.url ?? '/'
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1))
  const method = request.method ?? 'GET'
  response.setHeader('access-control-allow-origin', request.headers.origin ?? '*')
  response.setHeader('access-control-allow-credentials', 'true')
  const fitting = compiled.flatMap((route) => {
    const match = route.regex.exec(path)
    return match ? [{ route, match }] : []
  })
  let body: Promise<Buffer> | undefined
  const exchange: Exchange = {
    flavour,
    request,
    response,
    method,
    path,
    query,
    params: {},
    body: () => {
      body ??= readBody(request)
      return body
    },
  }
  if (fitting.length === 0) {
    request.resume()
    send(exchange, 404, 'Not Found\n', TEXT)
    return
  }
  const allowed = [...new Set(fitting.flatMap(({ route }) => route.methods))]
  const allow = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
  if (method === 'OPTIONS') {
    request.resume()
    send(exchange, 200, '', { allow, ...preflight(request) })
    return
  }
  const wanted = method === 'HEAD' ? 'GET' : method
  const found = fitting.find(({ route }) => route.methods.includes(wanted))
  if (!found) {
    request.resume()
    send(exchange, 405, 'Method Not Allowed\n', { allow, ...TEXT })
    return
  }
  const params = Object.fromEntries(
    found.route.names.map((name, index) => [name, decoded(found.match[index + 1] ?? '')]),
  )
  await found.route.answer({ ...exchange, params })
  // What an endpoint did not read would block the connection's next request.
  if (!request.readableEnded) request.resume()
}

function preflight(request: IncomingMessage): Record<string, string> {
  const asked = request.headers['access-control-request-headers']
  return {
    'access-control-allow-methods': 'GET, POST, PUT, DELETE, PATCH, OPTIONS',
    'access-control-max-age': '3600',
    ...(asked === undefined ? {} : { 'access-control-allow-headers': asked }),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
