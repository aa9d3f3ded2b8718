// hashicorp/http-echo: answers every request with one text. Flags: -text=…, -listen=:5678, -status-code=200; ECHO_TEXT instead of -text.
import { createServer } from 'node:http'
import type { Lifeline } from './lifeline.ts'
import { listen } from './listen.ts'

export interface EchoFlags {
  readonly text: string
  readonly port: number
  readonly status: number
}

/** Flags take one or two dashes, and their value after `=` or as the next word. The first argument is the image's name. */
export function parseEchoFlags(
  args: readonly string[],
  envText = '',
): EchoFlags | { readonly problem: string } {
  const values = new Map<string, string>()
  for (let index = 0; index < args.length; index++) {
    const match = /^--?([a-z-]+)(?:=(.*))?$/s.exec(args[index] ?? '')
    if (match?.[1] === undefined) continue
    values.set(match[1], match[2] ?? args[++index] ?? '')
  }
  const text = values.get('text') ?? envText
  if (text === '') return { problem: 'Missing -text option or ECHO_TEXT env var!' }
  const port = /(\d+)$/.exec(values.get('listen') ?? ':5678')?.[1]
  return { text, port: Number(port ?? 5678), status: Number(values.get('status-code') ?? 200) || 200 }
}

export function serveHttpEcho(args: readonly string[], lifeline: Lifeline): void {
  const flags = parseEchoFlags(args, process.env['ECHO_TEXT'])
  if ('problem' in flags) {
    process.stderr.write(`${flags.problem}\n`)
    process.exit(127)
  }
  const server = createServer((request, response) => {
    request.resume()
    if (request.url === '/health') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}')
      return
    }
    response.writeHead(flags.status, {
      'x-app-name': 'http-echo',
      'content-type': 'text/plain; charset=utf-8',
    })
    response.end(`${flags.text}\n`)
  })
  listen([{ server, port: flags.port }], lifeline)
}
