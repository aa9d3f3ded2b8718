// What the demo needs of curl, for a machine that has none: one request through the proxy of the environment. Not a curl.
import { readFileSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { connect } from 'node:tls'
import { type Command, Option } from 'commander'

interface CurlOptions {
  readonly cert?: string
  readonly key?: string
  readonly output?: string
  readonly writeOut?: string
  readonly proxytunnel?: true
}

/** curl's exit codes for what went wrong. */
const COULD_NOT_CONNECT = 7

export function register(command: Command): void {
  command
    .argument('<url>')
    .option('--cert <file>')
    .option('--key <file>')
    .option('-o, --output <file>')
    .option('-w, --write-out <format>')
    .option('-s, --silent')
    .addOption(new Option('-S, --show-error'))
    .option('-p, --proxytunnel')
    .action(async (url: string, options: CurlOptions) => {
      try {
        await fetchOnce(new URL(url), options)
      } catch (error) {
        process.stderr.write(`curl: ${error instanceof Error ? error.message : error}\n`)
        process.exitCode = COULD_NOT_CONNECT
      }
    })
}

async function fetchOnce(url: URL, options: CurlOptions): Promise<void> {
  const response = await (url.protocol === 'https:' ? overTls(url, options) : plain(url, options))
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  // One request was asked for: a connection that is kept would keep this process.
  response.socket.destroy()
  const body = Buffer.concat(chunks)
  if (options.output === undefined) process.stdout.write(body)
  else writeFileSync(options.output, body)
  const format = options.writeOut?.replaceAll('\\n', '\n')
  process.stdout.write(format?.replaceAll('%{http_code}', String(response.statusCode)) ?? '')
}

async function overTls(url: URL, { cert, key }: CurlOptions): Promise<IncomingMessage> {
  const bundle = process.env['CURL_CA_BUNDLE'] ?? process.env['SSL_CERT_FILE']
  const socket = connect({
    socket: await tunnel(`${url.hostname}:${url.port || 443}`),
    servername: url.hostname,
    ...(bundle === undefined ? {} : { ca: readFileSync(bundle) }),
    ...(cert === undefined ? {} : { cert: readFileSync(cert) }),
    ...(key === undefined ? {} : { key: readFileSync(key) }),
  })
  return answer(httpsRequest, url, { createConnection: () => socket })
}

async function plain(url: URL, { proxytunnel }: CurlOptions): Promise<IncomingMessage> {
  if (proxytunnel) {
    const socket = await tunnel(`${url.hostname}:${url.port || 80}`)
    return answer(httpRequest, url, { createConnection: () => socket })
  }
  const proxy = new URL(process.env['http_proxy'] ?? 'http://127.0.0.1:3128')
  return answer(httpRequest, proxy, { path: url.href, headers: { host: url.host } })
}

function tunnel(authority: string): Promise<Socket> {
  const proxy = new URL(process.env['HTTPS_PROXY'] ?? 'http://127.0.0.1:3128')
  return new Promise((resolve, reject) => {
    const asked = httpRequest(proxy, { method: 'CONNECT', path: authority })
    asked.on('error', reject)
    asked.on('connect', (response, socket) => {
      if (response.statusCode === 200) resolve(socket)
      else reject(new Error(`the proxy answered ${response.statusCode} for ${authority}`))
    })
    asked.end()
  })
}

function answer(send: typeof httpRequest, url: URL, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    send(url, options, resolve).on('error', reject).end()
  })
}
