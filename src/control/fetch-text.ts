// Fetches a small document over HTTP or HTTPS, directly or through a CONNECT proxy that knows the cluster's names.
import { type IncomingMessage, request as overHttp, type RequestOptions } from 'node:http'
import { request as overHttps } from 'node:https'
import type { Socket } from 'node:net'
import { connect as connectTls, rootCertificates } from 'node:tls'

export interface FetchOptions {
  /** For everything together. */
  readonly timeoutMs: number
  /** Where names are resolved and ports mapped; absent: the machine's own names. */
  readonly proxy?: { readonly host: string; readonly port: number }
  /** Trusted besides the usual public roots, PEM. */
  readonly anchors?: readonly string[]
}

/** Key sets are some kilobytes; more is no key set. */
const LONGEST = 1_000_000

/** The body of a 200. Rejects, with a reason fit to print, for everything else: redirects are not followed. */
export async function fetchText(uri: string, options: FetchOptions): Promise<string> {
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new Error('no http or https URI')
  const signal = AbortSignal.timeout(options.timeoutMs)
  try {
    return await textOf(await answerOf(url, options, signal))
  } catch (error) {
    if (signal.aborted) throw new Error(`no answer within ${options.timeoutMs} ms`)
    throw error
  }
}

async function answerOf(url: URL, { proxy, anchors = [] }: FetchOptions, signal: AbortSignal) {
  const secure = url.protocol === 'https:'
  const tls = { ca: [...rootCertificates, ...anchors], servername: hostOf(url) }
  const tunnel = proxy && (await tunnelTo(url, proxy, signal))
  const options: RequestOptions = {
    signal,
    headers: { host: url.host, accept: 'application/json', connection: 'close' },
    // An agent would make a connection of its own.
    ...(tunnel === undefined
      ? { agent: false }
      : { createConnection: () => (secure ? connectTls({ ...tls, socket: tunnel }) : tunnel) }),
  }
  return new Promise<IncomingMessage>((resolve, reject) => {
    const request = secure ? overHttps(url, { ...tls, ...options }) : overHttp(url, options)
    request.once('error', reject)
    request.once('response', resolve)
    request.end()
  })
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

function tunnelTo(url: URL, proxy: { host: string; port: number }, signal: AbortSignal): Promise<Socket> {
  const authority = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`
  return new Promise((resolve, reject) => {
    const request = overHttp({ ...proxy, method: 'CONNECT', path: authority, agent: false, signal })
    request.once('error', reject)
    request.once('connect', (response, socket: Socket) => {
      if (response.statusCode === 200) return resolve(socket)
      socket.destroy()
      reject(new Error(`${authority} cannot be reached`))
    })
    request.end()
  })
}

async function textOf(answer: IncomingMessage): Promise<string> {
  if (answer.statusCode !== 200) {
    answer.destroy()
    throw new Error(`the answer is ${answer.statusCode}`)
  }
  const parts: Buffer[] = []
  let length = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    length += part.length
    if (length > LONGEST) throw new Error(`the answer is longer than ${LONGEST} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}
