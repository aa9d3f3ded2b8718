// Requests from the other core, by h2load.
import { spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CIPHER, GROUP } from './cipher.ts'
import { LOAD_CORE } from './pinned.ts'
import { versionOf } from './version.ts'

export const h2loadVersion = versionOf('h2load', ['--version'], /nghttp2\/(\S+)/)

export interface Target {
  readonly port: number
  readonly name: string
  readonly tls: boolean
  readonly path: string
}

export interface Load {
  readonly requests: number
  /** Of those, answered with 2xx. */
  readonly answered: number
  readonly seconds: number
}

/** Request headers as a browser sends them, so that a head is not smaller than in life. */
const HEADERS = [
  'user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  'accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'accept-language: en-GB,en;q=0.9,de;q=0.8',
  'accept-encoding: gzip, deflate, br, zstd',
  'cookie: session=0123456789abcdef0123456789abcdef; theme=dark',
]

function h2load(target: Target, protocol: 'http/1.1' | 'h2', args: readonly string[]): Promise<Load> {
  const { port, name, tls, path } = target
  const all = [
    '-c',
    String(LOAD_CORE),
    'h2load',
    ...args,
    `--tls13-ciphers=${CIPHER}`,
    `--groups=${GROUP}`,
    ...HEADERS.flatMap((header) => ['-H', header]),
    `--connect-to=127.0.0.1:${port}`,
    `http${tls ? 's' : ''}://${name}${path}`,
  ]
  return new Promise((resolve, reject) => {
    let output = ''
    const child = spawn('taskset', all, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
    child.on('error', reject)
    child.on('close', () => {
      const spoken = /Application protocol: (\S+)/.exec(output)?.[1]
      const time = /finished in ([\d.]+)(us|ms|s)/.exec(output)
      const requests = /requests: (\d+) total/.exec(output)
      const codes = /status codes: (\d+) 2xx/.exec(output)
      if (time === null || requests === null || codes === null) reject(new Error(`h2load: ${output}`))
      else if (tls && spoken !== protocol)
        reject(new Error(`h2load: the door speaks ${spoken}, not ${protocol}`))
      else
        resolve({
          requests: Number(requests[1]),
          answered: Number(codes[1]),
          seconds: Number(time[1]) / ({ us: 1e6, ms: 1e3, s: 1 }[time[2] ?? 's'] ?? 1),
        })
    })
  })
}

/** As many requests as the other side answers, on kept connections: HTTP/1.1, or HTTP/2 with `streams` at a time on each. */
export function flood(target: Target, requests: number, connections: number, streams = 0): Promise<Load> {
  const amount = ['-n', String(requests), '-c', String(connections)]
  return streams === 0
    ? h2load(target, 'http/1.1', [...amount, '--h1', '-m', '1'])
    : h2load(target, 'h2', [...amount, '-m', String(streams)])
}

/** Milliseconds until the end of each response at a fixed rate, ascending. */
export async function pace(
  target: Target,
  rate: number,
  seconds: number,
  folder: string,
): Promise<readonly number[]> {
  const connections = 20
  const log = join(folder, 'pace.tsv')
  await rm(log, { force: true })
  await h2load(target, 'http/1.1', [
    '--h1',
    '-n',
    String(rate * seconds),
    '-c',
    String(connections),
    `--rps=${rate / connections}`,
    `--log-file=${log}`,
  ])
  const lines = (await readFile(log, 'utf8')).trim().split('\n')
  return lines.map((line) => Number(line.split('\t')[2]) / 1000).sort((a, b) => a - b)
}

/** The value below which `share` of the ascending values lie. */
export const percentile = (ascending: readonly number[], share: number): number =>
  ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN
