// up --workers: what its user sees of the processes, and that they end with the cluster, however it ends.
import { afterAll, afterEach, expect, it } from 'vitest'
import type { Summary } from '../../src/control/running.ts'
import type { EngineStatus } from '../../src/engines/engine.ts'
import { Workplace } from '../sallyport.ts'

const place = new Workplace()
afterEach(() => place.sallyport('down', '--all'))
afterAll(() => place.close())

const status = async (): Promise<Summary & EngineStatus> =>
  JSON.parse((await place.sallyport('status', '-o', 'json')).stdout)
const workerPids = async (): Promise<number[]> =>
  ((await status()).workers ?? []).flatMap(({ pid }) => pid ?? [])

/** Resolves when none of these processes is left. A zombie is gone: whoever is to wait for it has other things to do. */
async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some((pid) => isAlive(pid))) await new Promise((resolve) => setTimeout(resolve, 10))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

it('status shows the workers; one that is killed is replaced, and said in the log', async () => {
  await place.up('--ephemeral', '--workers', '2')
  expect((await place.sallyport('status')).stdout).toMatch(/workers +2 run\n/)
  const [victim] = await workerPids()
  expect(victim).toBeDefined()
  process.kill(victim as number, 'SIGKILL')
  let text = ''
  while (!/workers +2 run, 1 ended and was replaced/.test(text)) {
    text = (await place.sallyport('status')).stdout
  }
  // It has the model, and the socket that the first one had.
  const door = (await status()).doors.find(({ kind }) => kind === 'alb')
  const { code, stdout } = await place.sallyport(
    'run',
    '--',
    'curl',
    '-sS',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    `http://${door?.domain}/`,
  )
  expect({ code, stdout }).toEqual({ code: 0, stdout: '404' })
})

it('no worker outlives the cluster: stopped, killed, or interrupted with its whole group', async () => {
  await place.up('--ephemeral', '--workers', '2')
  const stopped = await workerPids()
  expect(stopped).toHaveLength(2)
  await place.sallyport('down')
  expect(stopped.map(isAlive)).toEqual([false, false])

  const { pid } = await place.up('--ephemeral', '--workers', '2')
  const orphans = await workerPids()
  process.kill(pid, 'SIGKILL')
  await gone([pid, ...orphans])

  // As a terminal does it: the signal goes to every process of the foreground group.
  const child = place.sallyportStartedAsGroup('up', '--ephemeral', '--workers', '2', '--name', 'group')
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk) => String(chunk).includes('is up') && resolve())
  })
  const grouped = await workerPids()
  expect(grouped).toHaveLength(2)
  process.kill(-(child.pid as number), 'SIGINT')
  expect(await ended).toBe(0)
  expect(grouped.map(isAlive)).toEqual([false, false])
})

it('refuses what makes no sense', async () => {
  for (const [options, message] of [
    [['--workers', '0'], 'Write auto, or a number between 1 and 256'],
    [['--workers', 'many'], 'Write auto, or a number between 1 and 256'],
  ] as const) {
    const { code, stderr } = await place.sallyport('up', '--detach', ...options)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  }
  const { code, stderr } = await place.sallyport('up', '--detach', '--engine', 'envoy', '--workers', '2')
  expect(code).toBe(1)
  expect(stderr).toContain('--workers is for the node engine')
})
