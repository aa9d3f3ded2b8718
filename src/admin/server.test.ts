import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AccessLog } from '../control/access-log.ts'
import type { Running } from '../control/running.ts'
import type { TraceQuestion } from '../control/tracing.ts'
import { UserError } from '../control/user-error.ts'
import { adminJson, adminLines, adminText } from './client.ts'
import { type AdminServer, startAdminServer } from './server.ts'

let folder: string
let log: AccessLog
let server: AdminServer
let stopped = 0
beforeEach(async () => {
  stopped = 0
  folder = mkdtempSync(join(tmpdir(), 'sallyport-admin-'))
  log = new AccessLog(join(folder, 'access.log'))
  const running = {
    summary: () => ({ name: 'mycluster' }),
    state: () => ({ version: 7, model: { proxies: [] }, diagnostics: [], took: { compile: 1, apply: 2 } }),
    engine: { status: () => ({ version: 7, proxies: [] }) },
    accessLog: log,
    metrics: async () => 'up 1\n',
    environment: () => ({ variables: { A: 'b' } }),
    ibmcloud: async (args: readonly string[]) => ({ stdout: args.join(' '), stderr: '', exitCode: 0 }),
    trace: ({ url }: TraceQuestion) => {
      throw new UserError(`${url} is no URL`, 'Write one.')
    },
    settled: async () => undefined,
  } as unknown as Running
  server = await startAdminServer({ running, socket: join(folder, 'admin.sock'), onStop: () => stopped++ })
})
afterEach(async () => {
  await server.close()
  await log.close()
  rmSync(folder, { recursive: true, force: true })
})
const socket = () => join(folder, 'admin.sock')

describe('the admin socket', () => {
  it('is for its owner only', () => {
    expect(statSync(socket()).mode & 0o777).toBe(0o600)
  })

  it('answers what the command line asks', async () => {
    expect(await adminJson(socket(), 'GET', '/status')).toMatchObject({
      name: 'mycluster',
      model: { version: 7 },
    })
    expect(await adminJson(socket(), 'GET', '/environment')).toEqual({ variables: { A: 'b' } })
    expect(await adminText(socket(), 'GET', '/metrics')).toBe('up 1\n')
    const asked = { args: ['ks', 'cluster', 'ls'], environment: {} }
    expect(await adminJson(socket(), 'POST', '/ibmcloud', asked)).toMatchObject({ stdout: 'ks cluster ls' })
  })

  it('stops when it is told to, once the answer is out', async () => {
    await adminText(socket(), 'POST', '/stop')
    await expect.poll(() => stopped).toBe(1)
  })

  it('gives the last lines of the log, and those to come', async () => {
    for (const n of [1, 2, 3]) log.write('alb/a', `line ${n}`)
    log.write('gateway/b', 'other')
    const lines: string[] = []
    for await (const { line } of adminLines<{ line: string }>(
      socket(),
      '/logs?tail=2&follow=true&proxy=alb/',
    )) {
      lines.push(line)
      if (lines.length === 2) log.write('alb/a', 'line 4')
      if (lines.length === 3) break
    }
    expect(lines).toEqual(['line 2', 'line 3', 'line 4'])
  })

  it('passes on what its user can do something about', async () => {
    const refused = adminText(socket(), 'POST', '/trace', { url: 'x' })
    await expect(refused).rejects.toMatchObject({ message: 'x is no URL', advice: 'Write one.' })
  })

  it('says what it does not know, and the client says when nobody answers', async () => {
    await expect(adminText(socket(), 'GET', '/nothing')).rejects.toThrow(/no such thing: GET \/nothing/)
    await expect(adminText(join(folder, 'gone.sock'), 'GET', '/status')).rejects.toBeInstanceOf(UserError)
  })
})
