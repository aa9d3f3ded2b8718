// A disk that is full refuses writes with 507, loses nothing, and takes writes again when there is space.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildStandalone, type Standalone, startStandalone } from './standalone-server.ts'

const PATH = '/api/v1/namespaces/default/configmaps'
let folder = ''
let program = ''
let isMounted = false
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'disk-full-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' })
    isMounted = true
  } catch {
    console.warn('a small file system cannot be mounted here: the full disk is not tested')
  }
  program = await buildStandalone('disk-full')
})
afterAll(() => {
  if (isMounted) execFileSync('umount', [folder])
  rmSync(folder, { recursive: true, force: true })
  rmSync(dirname(program), { recursive: true, force: true })
})

async function call(
  server: Standalone,
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly code: number; readonly text: string }> {
  const agent = new Agent({ ca: server.ca, cert: server.cert, key: server.key })
  const bytes = body === undefined ? '' : JSON.stringify(body)
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes) }
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: server.port, agent, method, path, headers },
      (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += String(chunk)
        })
        response.on('end', () => resolve({ code: response.statusCode ?? 0, text }))
      },
    )
    sent.on('error', reject)
    sent.end(bytes)
  })
}

const configMap = (name: string, size: number): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { text: 'x'.repeat(size) },
})
const names = (text: string): string[] =>
  (JSON.parse(text) as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name)

it('answers 507 and keeps what it acknowledged', async (context) => {
  if (!isMounted) return context.skip()
  const file = join(folder, 'data', 'state.db')
  const filler = join(folder, 'filler')
  let server = await startStandalone(program, file)
  expect((await call(server, 'POST', PATH, configMap('first', 10))).code).toBe(201)
  const { bavail, bsize } = statfsSync(folder)
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail - 8) * bsize))

  const stored = ['first']
  let refused = 0
  for (let i = 0; i < 20; i++) {
    const { code, text } = await call(server, 'POST', PATH, configMap(`more-${i}`, 60_000))
    if (code === 201) stored.push(`more-${i}`)
    else {
      refused++
      expect(code).toBe(507)
      expect(JSON.parse(text)).toMatchObject({
        kind: 'Status',
        status: 'Failure',
        reason: 'InsufficientStorage',
      })
    }
  }
  expect(refused).toBeGreaterThan(0)
  expect(names((await call(server, 'GET', PATH)).text)).toEqual([...stored].sort())
  await server.end('SIGKILL')

  truncateSync(filler)
  server = await startStandalone(program, file)
  expect(names((await call(server, 'GET', PATH)).text)).toEqual([...stored].sort())
  expect((await call(server, 'POST', PATH, configMap('after', 60_000))).code).toBe(201)
  await server.end('SIGTERM')
})
