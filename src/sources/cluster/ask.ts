// Asks a cluster's API: one answer whole, or a watch line by line. Only GET is ever sent.
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createInterface } from 'node:readline'
import type { ClusterAccess } from './access.ts'

const TIMEOUT_MS = 30_000
/** For the machine at the other end that is gone without a word. */
const KEEP_ALIVE_MS = 30_000

/** An answer other than what was asked for. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  constructor(status: number, text: string, asked: string) {
    super(`the API answers ${status} when ${asked}: ${messageOf(text)}`)
    this.status = status
  }
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text
  } catch {
    return text.slice(0, 200)
  }
}

interface Question {
  readonly path: string
  /** For the error: `pods are listed`. */
  readonly asked: string
  /** The longest silence. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** The answer has begun. */
  readonly opened?: () => void
}

function open({ server, options }: ClusterAccess, question: Question): Promise<IncomingMessage> {
  const url = new URL(server + question.path)
  const { timeoutMs: timeout, signal } = question
  const headers = { ...options.headers, accept: 'application/json' }
  return new Promise((fulfil, reject) => {
    const send = url.protocol === 'http:' ? requestHttp : requestHttps
    const request = send(url, { ...options, headers, method: 'GET', timeout, ...(signal ? { signal } : {}) })
    request.on('response', fulfil)
    request.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS))
    request.on('timeout', () => request.destroy(new Error(`${url.host} does not answer`)))
    request.on('error', reject)
    request.end()
  })
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

/** The whole answer. Throws Refused for any status but 200. */
export async function ask<T>(
  access: ClusterAccess,
  path: string,
  asked: string,
  signal?: AbortSignal,
): Promise<T> {
  const response = await open(access, { path, asked, timeoutMs: TIMEOUT_MS, ...(signal ? { signal } : {}) })
  const text = await textOf(response)
  if (response.statusCode !== 200) throw new Refused(response.statusCode ?? 0, text, asked)
  return JSON.parse(text) as T
}

/** Each line of an answer, until it ends. Throws Refused for any status but 200, and what breaks the connection. */
export async function* askLines(access: ClusterAccess, question: Question): AsyncGenerator<string> {
  const response = await open(access, question)
  if (response.statusCode !== 200)
    throw new Refused(response.statusCode ?? 0, await textOf(response), question.asked)
  question.opened?.()
  // The lines of an answer that breaks off end without an error.
  let broken: Error | undefined
  response.on('error', (error) => {
    broken = error
  })
  const lines = createInterface({ input: response })
  try {
    yield* lines
    if (broken) throw broken
  } finally {
    lines.close()
    response.destroy()
  }
}
