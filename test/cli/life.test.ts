// up, status, run, logs, down: the life of a cluster as its user sees it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { RangeClaim } from '../../src/cluster/addresses/range-claim.ts'
import { processMark } from '../../src/control/data/runtime-file.ts'
import type { Summary } from '../../src/control/running.ts'
import { has, Workplace } from '../sallyport.ts'

const place = new Workplace()
afterEach(() => place.sallyport('down', '--all'))
afterAll(() => place.close())

const ofDoor = (summary: Summary, kind: 'alb' | 'gateway') => summary.doors.find((door) => door.kind === kind)

/** Processes that were started for this cluster: its addresses, 127.X.…, are in their environment or on their command line (Linux). */
function processesAt(apiServer: string): readonly string[] {
  const prefix = new URL(apiServer).hostname.split('.').slice(0, 2).join('.')
  if (!existsSync('/proc/self/environ')) return []
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return ''
    }
  }
  return readdirSync('/proc').filter(
    (pid) =>
      /^\d+$/.test(pid) &&
      `${read(`/proc/${pid}/environ`)}${read(`/proc/${pid}/cmdline`)}`.includes(`${prefix}.`),
  )
}

describe('up', () => {
  it('says what it has started, and again when it runs already', async () => {
    const first = await place.up()
    expect(first).toMatchObject({ name: 'mycluster', engine: 'node', ephemeral: false })
    expect(ofDoor(first, 'alb')?.domain).toMatch(
      /^mycluster-[0-9a-f]{32}-0000\.us-south\.containers\.appdomain\.cloud$/,
    )
    expect(existsSync(first.kubeconfig)).toBe(true)
    const again = await place.sallyport('up')
    expect(again.code).toBe(0)
    expect(again.stdout).toContain(`cluster mycluster runs already (pid ${first.pid})`)
    expect(processMark(first.pid)).toBeDefined()
  })

  it('keeps identity and domains from one life to the next', async () => {
    const first = await place.up()
    expect((await place.sallyport('down')).code).toBe(0)
    const second = await place.up()
    expect({ ...second, pid: 0, started: '' }).toEqual({ ...first, pid: 0, started: '' })
  })

  it('leaves no process, socket or runtime file when it is down', async () => {
    const summary = await place.up()
    if (has('kubectl')) {
      const pod = 'kubectl apply -f samples/httpbin/httpbin.yaml && kubectl rollout status deployment/httpbin'
      expect((await place.bash(pod)).code).toBe(0)
      expect(processesAt(summary.apiServer)).not.toEqual([])
    }
    const { code, stdout } = await place.sallyport('down')
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'cluster mycluster is down\n' })
    expect(processMark(summary.pid)).toBeUndefined()
    expect(processesAt(summary.apiServer)).toEqual([])
    const kept = readdirSync(join(place.data, 'mycluster'))
    expect(kept).not.toContain('runtime.json')
    expect(kept).not.toContain('admin.sock')
  })

  it('--ephemeral leaves nothing', async () => {
    await place.up('--ephemeral', '--name', 'passing')
    await place.sallyport('down', '--name', 'passing')
    expect(existsSync(join(place.data, 'passing'))).toBe(false)
  })

  it('runs side by side with another', async () => {
    const [one, two] = await Promise.all([place.up('--name', 'one'), place.up('--name', 'two')])
    expect(one.apiServer).not.toBe(two.apiServer)
    expect(ofDoor(one, 'alb')?.address).not.toBe(ofDoor(two, 'alb')?.address)
    const unnamed = await place.sallyport('status')
    expect(unnamed).toMatchObject({ code: 1, stdout: '' })
    expect(unnamed.stderr).toContain('several clusters run: one, two')
    await place.sallyport('down', '--name', 'one')
    expect((await place.sallyport('status')).stdout).toContain('cluster two runs')
  })

  it('in the foreground ends cleanly with Ctrl-C', async () => {
    const child = place.sallyportStarted('up', '--name', 'front', '--ephemeral')
    const ready = new Promise<void>((resolve) => {
      child.stdout?.on('data', (chunk) => String(chunk).includes('is up') && resolve())
    })
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    await ready
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(existsSync(join(place.data, 'front'))).toBe(false)
  })

  it('names the address when another program holds it', async () => {
    const { apiServer } = await place.up()
    await place.sallyport('down')
    const { hostname, port } = new URL(apiServer)
    const other = createServer()
    await new Promise<void>((resolve) => other.listen({ host: hostname, port: Number(port) }, resolve))
    const { code, stderr } = await place.sallyport('up', '--detach')
    other.close()
    expect(code).toBe(1)
    expect(stderr).toContain(`${hostname}:${port}, is in use by another program`)
  })

  it.runIf(process.platform === 'linux')('says so when another cluster has taken its addresses', async () => {
    const { apiServer } = await place.up()
    const range = new URL(apiServer).hostname.replace(/\.1$/, '.0/16')
    const other = new RangeClaim()
    expect(await other.take(range)).toBe(false)
    await place.sallyport('down')
    expect(await other.take(range)).toBe(true)
    const { code, stderr } = await place.sallyport('up', '--detach')
    await other.release()
    expect(code).toBe(1)
    expect(stderr).toContain(`${range}, are in use by another cluster`)
  })
})

describe('run', () => {
  it('gives the command its surroundings, and its exit code back', async () => {
    const summary = await place.up()
    const { code, stdout } = await place.sallyport(
      'run',
      '--',
      'sh',
      '-c',
      'echo $KUBECONFIG; ibmcloud ks cluster ls >/dev/null; exit 7',
    )
    expect(stdout.trim()).toBe(summary.kubeconfig)
    expect(code).toBe(7)
    expect(await place.sallyport('run', '--', 'no-such-command')).toMatchObject({
      code: 127,
      stderr: 'no-such-command: command not found\n',
    })
  })

  it('says that nothing runs, and how to start it', async () => {
    const { code, stderr } = await place.sallyport('run', '--', 'true')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'error: no cluster runs\nStart one: sallyport up --detach\n',
    })
  })
})
