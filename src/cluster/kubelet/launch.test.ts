import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { type Launched, launch } from './launch.ts'

const start = (command: readonly string[], extra: Partial<Parameters<typeof launch>[0]> = {}) =>
  launch({ command, env: { PATH: process.env['PATH'] ?? '' }, cwd: '/', kind: 'foreign', ...extra })
const output = (launched: Launched, stream: 'stdout' | 'stderr' = 'stdout') => {
  let text = ''
  launched.child[stream]?.on('data', (chunk) => {
    text += chunk
  })
  return async () => {
    await launched.exited
    return text
  }
}
/** Ended, even if nobody has collected it yet. */
const gone = (pid: number) => {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return /^(Z|$)/.test(stdout.trim())
}

describe('launch', () => {
  it('runs a command with its arguments untouched and gives its exit code', async () => {
    const launched = start(['sh', '-c', 'printf "%s|" "$@"; exit 3', 'x', 'a b', '$HOME', ''])
    const text = output(launched)
    expect((await launched.exited).code).toBe(3)
    expect(await text()).toBe('a b|$HOME||')
  })
  it('has no stdin unless asked for', async () => {
    const none = output(start(['cat']))
    expect(await none()).toBe('')
    const launched = start(['cat'], { stdin: true })
    const text = output(launched)
    launched.child.stdin?.end('hello')
    expect(await text()).toBe('hello')
  })
  it('says on stderr why a command cannot be started', async () => {
    const launched = start(['/no/such/program'])
    const text = output(launched, 'stderr')
    expect((await launched.exited).code).toBe(127)
    expect(await text()).toContain('/no/such/program')
    expect((await start(['true'], { cwd: '/no/such/folder' }).exited).code).toBe(127)
  })
  it('hands SIGTERM to the program, which may take its time', async () => {
    const launched = start([
      'sh',
      '-c',
      'trap "echo bye; exit 7" TERM; echo up; while :; do sleep 0.05; done',
    ])
    const text = output(launched)
    await new Promise((resolve) => launched.child.stdout?.once('data', resolve))
    launched.kill('SIGTERM')
    expect((await launched.exited).code).toBe(7)
    expect(await text()).toContain('bye')
  })
  it('takes everything below with it, at SIGKILL and at the end of the first process', async () => {
    for (const end of ['SIGKILL', 'exit'] as const) {
      const launched = start(['sh', '-c', `sleep 100 & echo $!; ${end === 'exit' ? 'exit 0' : 'wait'}`])
      const pid = Number(await new Promise((resolve) => launched.child.stdout?.once('data', resolve)))
      if (end === 'SIGKILL') launched.kill('SIGKILL')
      await launched.exited
      await expect.poll(() => gone(pid)).toBe(true)
    }
  })
})
