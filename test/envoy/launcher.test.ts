// The life of an Envoy that the engine has started: it comes back after a crash, finishes what it has begun, and is replaced without a dropped connection.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEnvoyEngine } from '../../src/engines/envoy/index.ts'
import type { Proxy } from '../../src/ir/proxy.ts'
import {
  chain,
  cluster,
  endpoint,
  forward,
  freePort,
  listener,
  manager,
  proxy,
  route,
  table,
  virtualHost,
} from '../engine/testing/model.ts'
import { envoyBinary, needsEnvoy } from './testing/binary.ts'

/** An engine whose one proxy leads from `port` to a program that answers `/slow` only when it is told to. */
async function setUp(binary = envoyBinary ?? '') {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-launcher-'))
  const answers: (() => void)[] = []
  const program = createServer((asked, response) => {
    if (asked.url === '/slow') answers.push(() => response.end('late'))
    else response.end('here')
  })
  await new Promise<void>((resolve) => program.listen(0, '127.0.0.1', resolve))
  const said: string[] = []
  const engine = await createEnvoyEngine({
    locate: (host, at) => ({ host, port: at }),
    accessLog: () => undefined,
    report: (diagnostic) => said.push(diagnostic.message),
    log: (text) => said.push(text),
    binary,
    directory,
    listen: { host: '127.0.0.1', port: 0 },
  })
  onTestFinished(async () => {
    await engine.close()
    program.closeAllConnections()
    program.close()
    expect(envoysOf(directory)).toEqual([])
    rmSync(directory, { recursive: true, force: true })
  })
  const port = await freePort()
  const { port: upstream } = program.address() as AddressInfo
  const model: Proxy = proxy(
    'p',
    [listener(port, [chain(manager(table(virtualHost(['*'], [route(forward('app'))]))))])],
    [cluster('app', [endpoint(upstream)])],
  )
  await engine.apply({ version: 1, model: { proxies: [model] }, blobs: { get: () => undefined } })
  return { engine, port, directory, said, answers }
}

/** Processes of Envoy, and not of the shell that guards it, whose bootstrap is in this folder. */
function envoysOf(directory: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        const mine = words[0]?.endsWith('/envoy') && words.some((word) => word.startsWith(directory))
        return mine ? [Number(pid)] : []
      } catch {
        return []
      }
    })
}

function get(port: number, path: string, agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent: agent ?? false }, (response: IncomingMessage) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => resolve(text))
    })
      .on('error', reject)
      .end()
  })
}

/** Requests over new connections and over one that is kept, one after another, until it is stopped; resolves with what went wrong. */
function pressure(port: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const failures: string[] = []
  let served = 0
  let stopped = false
  const run = async (own?: Agent) => {
    while (!stopped) {
      const text = await get(port, '/', own).catch(
        (error: NodeJS.ErrnoException) => error.code ?? error.message,
      )
      if (text === 'here') served += 1
      else failures.push(text)
    }
  }
  const both = Promise.all([run(), run(agent)])
  return {
    served: () => served,
    async stop() {
      stopped = true
      await both
      agent.destroy()
      return failures
    },
  }
}

describe.skipIf(!envoyBinary)(`an Envoy of the engine ${needsEnvoy}`, () => {
  it('is started again after it was killed, later each time', async () => {
    const { port, directory, said } = await setUp()
    expect(await get(port, '/')).toBe('here')
    const pauses = () => said.flatMap((text) => /again in (\d+) ms/.exec(text)?.[1] ?? [])
    for (const round of [1, 2]) {
      const [pid = 0] = envoysOf(directory)
      process.kill(pid, 'SIGKILL')
      await expect.poll(() => pauses().length, { timeout: 30_000 }).toBe(round)
      await expect.poll(() => get(port, '/').catch(() => ''), { timeout: 30_000 }).toBe('here')
    }
    expect(pauses()).toEqual(['200', '400'])
  })

  it('finishes a request that is under way when it is stopped, and takes no new connection', async () => {
    const { engine, port, answers } = await setUp()
    const idle = new Agent({ keepAlive: true })
    await get(port, '/', idle)
    const slow = get(port, '/slow')
    await expect.poll(() => answers.length).toBe(1)
    const closed = engine.close({ drainMs: 60_000 })
    await expect
      .poll(() => get(port, '/').catch(({ code }) => code), { timeout: 30_000 })
      .toBe('ECONNREFUSED')
    answers[0]?.()
    expect(await slow).toBe('late')
    await closed
    idle.destroy()
  })

  it('is replaced by a hot restart that drops no connection and refuses none', async () => {
    const { engine, port, directory, said, answers } = await setUp()
    const [before] = envoysOf(directory)
    const load = pressure(port)
    await expect.poll(load.served).toBeGreaterThan(20)
    const slow = get(port, '/slow')
    await expect.poll(() => answers.length).toBe(1)
    await engine.restart()
    const now = load.served()
    await expect.poll(load.served).toBeGreaterThan(now + 20)
    answers[0]?.()
    expect(await slow).toBe('late')
    await expect.poll(() => envoysOf(directory).includes(before ?? 0), { timeout: 30_000 }).toBe(false)
    expect(await load.stop()).toEqual([])
    expect(said.filter((text) => text.includes('envoy ended'))).toEqual([])
    // The new one is watched over as the old one was, and can be replaced in turn.
    await engine.restart()
    expect(await get(port, '/')).toBe('here')
  })

  it('is replaced by one beside it where there is no hot restart, and stays where the new one does not start', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-binary-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const binary = join(folder, 'envoy.sh')
    const install = (script: string) => writeFileSync(binary, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    install(`exec ${envoyBinary} "$@"`)
    const { engine, port, directory, said } = await setUp(binary)
    const [before] = envoysOf(directory)
    install('echo no >&2; exit 1')
    await expect(engine.restart()).rejects.toThrow('the old one stays')
    expect(envoysOf(directory)).toEqual([before])
    expect(await get(port, '/')).toBe('here')
    // Of another version: it does not take over from the one that runs.
    install(
      `case "$*" in *"--restart-epoch 0"*) exec ${envoyBinary} "$@";; *) echo hot restart version mismatch >&2; exit 1;; esac`,
    )
    const slow = pressure(port)
    await engine.restart()
    expect(said.some((text) => text.includes('no hot restart'))).toBe(true)
    await slow.stop()
    const [after] = envoysOf(directory)
    expect(after).not.toBe(before)
    expect(await get(port, '/')).toBe('here')
  })

  it('runs without the shared memory of hot restarts where it cannot have it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-binary-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const binary = join(folder, 'envoy.sh')
    writeFileSync(
      binary,
      `#!/bin/sh\ncase "$*" in *--disable-hot-restart*) exec ${envoyBinary} "$@";; esac\necho 'cannot open shared memory region' >&2\nexit 1\n`,
      { mode: 0o755 },
    )
    const { engine, port, directory } = await setUp(binary)
    await expect.poll(() => get(port, '/').catch(() => ''), { timeout: 30_000 }).toBe('here')
    const [before] = envoysOf(directory)
    await engine.restart()
    expect(envoysOf(directory)).not.toContain(before)
    expect(await get(port, '/')).toBe('here')
  })

  it('leaves no shared memory behind', async () => {
    const { engine, directory } = await setUp()
    await expect.poll(() => existsSync(join(directory, 'p', 'base-id-1'))).toBe(true)
    const id = Number(readFileSync(join(directory, 'p', 'base-id-1'), 'utf8'))
    const memory = `/dev/shm/envoy_shared_memory_${id * 10}`
    if (existsSync('/dev/shm')) expect(existsSync(memory)).toBe(true)
    await engine.close()
    expect(existsSync(memory)).toBe(false)
  })
})
