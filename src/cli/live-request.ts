// Sends one request for real through the cluster's CONNECT proxy, and gathers what each hop wrote of it.
import { randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type PeerCertificate, type TLSSocket, connect as tlsConnect } from 'node:tls'
import { adminLines } from '../admin/client.ts'
import type { AccessLine } from '../control/access-log.ts'
import { parseLine } from '../control/parse-access-line.ts'
import type { TraceQuestion } from '../control/tracing.ts'
import type { HopDifference } from '../explain/compare-hops.ts'
import type { LiveAnswer } from '../explain/compare-live.ts'
import { HeaderLines } from '../explain/header-lines.ts'
import type { Paint } from '../explain/paint.ts'
import { joinHops } from '../explain/why/join.ts'
import type { LoggedHop } from '../explain/why/logged-hop.ts'

export interface Live {
  readonly answer: LiveAnswer
  /** Milliseconds until connected, until the handshake was done, until the head of the answer. */
  readonly took: { readonly connect?: number; readonly handshake?: number; readonly answer?: number }
  readonly tls?: { readonly version: string; readonly cipher: string; readonly server: string }
  /** What the doors logged of this request, in the order in which it passed them. */
  readonly hops: readonly LoggedHop[]
}

export interface LiveOptions {
  readonly proxy: string
  readonly anchors: string
  readonly socket: string
  /** How many doors are expected to write a line. */
  readonly hops: number
  readonly key?: string
}

const TIMEOUT_MS = 20_000

/** Resolves with what happened; a refusal is a value, not an error. */
export async function sendLive(question: TraceQuestion, options: LiveOptions): Promise<Live> {
  const url = new URL(question.url)
  const id = question.headers.find(([name]) => name.toLowerCase() === 'x-request-id')?.[1] ?? randomUUID()
  const marks: { connect?: number; handshake?: number; answer?: number } = {}
  const begun = performance.now()
  const since = Date.now()
  const mark = (name: keyof typeof marks) => {
    marks[name] = performance.now() - begun
  }
  let tls: Live['tls']
  let answer: LiveAnswer
  try {
    const raw = await tunnel(url, options.proxy)
    mark('connect')
    const secure = url.protocol === 'https:' ? await handshake(raw, url, question, options) : undefined
    if (secure) {
      mark('handshake')
      tls = {
        version: secure.getProtocol() ?? '',
        cipher: secure.getCipher().name,
        server: certificateName(secure.getPeerCertificate()),
      }
    }
    answer = await exchange(secure ?? raw, url, question, id)
    mark('answer')
  } catch (error) {
    answer = { kind: 'refused', message: refusalOf(error instanceof Error ? error.message : String(error)) }
  }
  const hops = await linesOf({ id, since, question, hops: options.hops }, options.socket)
  return { answer, took: marks, hops, ...(tls ? { tls } : {}) }
}

/** `DNS:a, DNS:*.a` without the form, else the common name. */
const certificateName = ({ subject, subjectaltname }: PeerCertificate): string =>
  subjectaltname?.replaceAll(/\b(DNS|URI|IP Address):/g, '') ?? String(subject?.CN ?? 'without a name')

/** OpenSSL puts the alert between its own line numbers. */
const refusalOf = (message: string): string => {
  const alert = /alert ([a-z ]+):/.exec(message)?.[1]
  return alert === undefined ? message : `TLS alert: ${alert}`
}

function tunnel(url: URL, proxy: string): Promise<Socket> {
  const { hostname, port } = new URL(proxy)
  const target = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: hostname,
      port,
      method: 'CONNECT',
      path: target,
      timeout: TIMEOUT_MS,
    })
    request.on('connect', (response, socket) => {
      if (response.statusCode === 200) resolve(socket)
      else reject(new Error(`${response.statusCode} ${response.statusMessage}`))
    })
    request.on('timeout', () => request.destroy(new Error('no connection in time')))
    request.on('error', reject)
    request.end()
  })
}

function handshake(
  socket: Socket,
  url: URL,
  question: TraceQuestion,
  options: LiveOptions,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = tlsConnect({
      socket,
      servername: question.sni ?? url.hostname,
      ca: options.anchors,
      ALPNProtocols: ['http/1.1'],
      ...(question.certificate === undefined || options.key === undefined
        ? {}
        : { cert: question.certificate, key: options.key }),
    })
    secure.once('secureConnect', () => resolve(secure))
    secure.once('error', reject)
    secure.once('close', () => reject(new Error('the connection was closed in the handshake')))
  })
}

function exchange(socket: Socket, url: URL, question: TraceQuestion, id: string): Promise<LiveAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      createConnection: () => socket,
      method: question.method,
      host: url.hostname,
      path: `${url.pathname}${url.search}`,
      setHost: false,
      headers: {
        host: url.host,
        'user-agent': 'sallyport-trace',
        'x-request-id': id,
        connection: 'close',
        ...linesByName(question.headers),
      },
      timeout: TIMEOUT_MS,
    })
    request.on('response', (response) => {
      const reason = response.headers['x-sallyport-reason']
      const { location } = response.headers
      response.resume()
      response.on('end', () =>
        resolve({
          kind: 'answer',
          status: response.statusCode ?? 0,
          ...(typeof reason === 'string' ? { reason } : {}),
          ...(location === undefined ? {} : { location }),
        }),
      )
      response.on('error', reject)
    })
    request.on('timeout', () => request.destroy(new Error('no answer in time')))
    request.on('error', reject)
    socket.once('close', () => reject(new Error('the connection was closed without an answer')))
    request.end()
  })
}

/** Lines of one name are sent as such. */
function linesByName(headers: TraceQuestion['headers']): Record<string, string | readonly string[]> {
  const lines = new HeaderLines(headers.map(([name, value]) => [name.toLowerCase(), value]))
  const values = [...lines.joined().keys()].map((name) => [name, lines.valuesOf(name)] as const)
  return Object.fromEntries(values.map(([name, all]) => [name, all.length === 1 ? (all[0] ?? '') : all]))
}

interface Sent {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly since: number
  readonly question: TraceQuestion
  readonly hops: number
}

const LOG_TRIES = 20
const LOG_PAUSE_MS = 25

/** The lines of all doors; each writes its own when the answer is through, which may be after the client has it. */
async function linesOf(sent: Sent, socket: string): Promise<readonly LoggedHop[]> {
  let found: readonly LoggedHop[] = []
  for (let tried = 0; tried < LOG_TRIES && found.length < sent.hops; tried++) {
    if (tried > 0) await pause(LOG_PAUSE_MS)
    const all: LoggedHop[] = []
    for await (const { proxy, line } of adminLines<AccessLine>(socket, '/logs?tail=500'))
      all.push(...[parseLine(proxy, line) ?? []].flat())
    found = joinHops(all, seedsOf(all, sent))
  }
  return found
}

/** By the id; the load balancer has ids of its own, so there by what was asked since. */
function seedsOf(all: readonly LoggedHop[], { id, since, question }: Sent): readonly LoggedHop[] {
  const { host, pathname, search } = new URL(question.url)
  return all.filter(
    (hop) =>
      hop.requestId === id ||
      (hop.start >= since - 1 &&
        hop.method === question.method &&
        hop.authority === host &&
        hop.path === pathname + search),
  )
}

/** The measured side as JSON. */
export function liveJson(
  { hops, ...rest }: Live,
  differs: string | undefined,
  doors: readonly HopDifference[],
): object {
  const log = hops.map(({ proxy, line }) => ({ proxy, line }))
  return { ...rest, log, difference: differs ?? null, doors }
}

/** The measured side, under the prediction. */
export function renderLive(
  live: Live,
  differs: string | undefined,
  doors: readonly HopDifference[],
  paint: Paint,
): string {
  const { answer, took, tls, hops } = live
  const ms = (value: number | undefined) => (value === undefined ? '-' : `${value.toFixed(1)} ms`)
  const lines = [
    '',
    paint.bold('live'),
    `     connected ${ms(took.connect)}, handshake ${ms(took.handshake)}, answer ${ms(took.answer)}`,
    ...(tls ? [`     ${tls.version} ${tls.cipher}, server ${tls.server}`] : []),
    `     ${answer.kind === 'answer' ? `${answer.status}${answer.reason ? ` (${answer.reason})` : ''}` : `refused: ${answer.message}`}`,
    ...hops.map(({ proxy, line }) => `     ${paint.dim(proxy)} ${line}`),
    ...(differs ? [paint.bad(`✗ ${differs}`)] : []),
    ...doors.map(({ hop, proxy, what }) => paint.bad(`✗ at ${hop + 1} ${proxy}: ${what}`)),
    ...(differs || doors.length > 0 ? [] : [paint.good('✓ as predicted')]),
  ]
  return `${lines.join('\n')}\n`
}
