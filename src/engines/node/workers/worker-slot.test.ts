import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Word } from './messages.ts'
import { WorkerSlot } from './worker-slot.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-slot-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Lost {
  readonly how: string
  readonly pauseMs: number
}

/** A slot whose workers run this script, and what is heard of them. */
function slotWith(script: string, silenceMs = 0) {
  const entry = join(folder, `${Math.random().toString(36).slice(2)}.mjs`)
  writeFileSync(entry, script)
  const losses: Lost[] = []
  const words: Word[] = []
  let greeted = 0
  let changed: () => void = () => undefined
  const slot = new WorkerSlot(1, {
    entry,
    silenceMs,
    greet: (greeting) => {
      greeted++
      greeting.send({ kind: 'measure', id: greeted })
    },
    heard: (_, word) => {
      words.push(word)
      changed()
    },
    lost: (_, how, pauseMs) => {
      losses.push({ how, pauseMs })
      changed()
    },
  })
  /** Resolves once it holds of what was heard. */
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        changed = resolve
      })
    }
  }
  return { slot, losses, words, until, greetings: () => greeted }
}

const LIVES = `process.on('disconnect', () => process.exit()); process.send({ kind: 'ready' });`

describe('WorkerSlot', () => {
  it('tells the last words of a worker that ends, and starts others with a growing pause, each greeted', async () => {
    const { slot, losses, until, greetings } = slotWith(`throw new Error('out of ideas')`)
    await until(() => losses.length === 3)
    await slot.stop(0)
    expect(losses.map(({ pauseMs }) => pauseMs)).toEqual([50, 100, 200])
    expect(losses[0]?.how).toMatch(/^worker 1 \(pid \d+\) ended with code 1: .*out of ideas/s)
    expect([slot.restarts, greetings(), slot.state]).toEqual([3, 3, 'stopped'])
  })

  it('names the signal, and hears the one that follows', async () => {
    const { slot, losses, words, until } = slotWith(`${LIVES} process.on('message', () => undefined)`)
    await until(() => words.length === 1)
    expect(slot.state).toBe('running')
    const first = slot.pid as number
    process.kill(first, 'SIGKILL')
    await until(() => losses.length === 1)
    expect(losses[0]?.how).toBe(`worker 1 (pid ${first}) ended by SIGKILL`)
    expect([slot.state, slot.pid]).toEqual(['waiting', undefined])
    await until(() => words.length === 2)
    expect([slot.state, slot.restarts]).toEqual(['running', 1])
    await slot.stop(0)
  })

  it('kills one that stands still, says so, and starts another', async () => {
    const { slot, losses, words, until } = slotWith(
      `${LIVES} process.on('message', () => { for (;;); })`,
      2_000,
    )
    await until(() => words.length === 1)
    const { pid } = slot
    await until(() => losses.length === 1)
    expect(losses[0]?.how).toBe(`worker 1 (pid ${pid}) said nothing for 2000 ms and was killed`)
    await until(() => words.length === 2)
    expect(slot.pid).not.toBe(pid)
    await slot.stop(0)
  })

  it('stops one that finishes when it is told to, and kills one that does not', async () => {
    const obedient = slotWith(
      `${LIVES} process.on('message', ({ kind }) => kind === 'close' && process.exit())`,
    )
    const deaf = slotWith(`${LIVES} process.on('message', () => undefined)`)
    await Promise.all([obedient, deaf].map(({ until, words }) => until(() => words.length === 1)))
    const pids = [obedient, deaf].map(({ slot }) => slot.pid as number)
    await Promise.all([obedient, deaf].map(({ slot }) => slot.stop(0)))
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect([obedient, deaf].flatMap(({ losses }) => losses)).toEqual([])
  })

  it('is stopped while it waits to start another', async () => {
    const { slot, losses, until, greetings } = slotWith('process.exit(3)')
    await until(() => losses.length === 1)
    await slot.stop(0)
    await new Promise((resolve) => setTimeout(resolve, 2 * (losses[0]?.pauseMs ?? 0)))
    expect(greetings()).toBe(1)
  })
})
