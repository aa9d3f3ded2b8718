import { describe, expect, it } from 'vitest'
import { LogBatches } from './log-batches.ts'

describe('LogBatches', () => {
  it('sends the lines of one turn together, and what comes meanwhile with the next', async () => {
    const batches: (readonly string[])[] = []
    let sent: (() => void) | undefined
    const log = new LogBatches((lines, done) => {
      batches.push(lines)
      sent = done
    })
    log.add('a', '1')
    log.add('b', '2')
    await new Promise((resolve) => setImmediate(resolve))
    log.add('a', '3')
    log.add('a', '4')
    await new Promise((resolve) => setImmediate(resolve))
    expect(batches).toEqual([['a', '1', 'b', '2']])
    sent?.()
    expect(batches).toEqual([
      ['a', '1', 'b', '2'],
      ['a', '3', 'a', '4'],
    ])
  })

  it('is flushed when all was sent, what was added last included', async () => {
    let lines = 0
    const log = new LogBatches((batch, sent) => {
      lines += batch.length / 2
      setImmediate(sent)
    })
    await log.flushed()
    for (let index = 0; index < 100; index++) {
      log.add('a', String(index))
      if (index % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await log.flushed()
    expect(lines).toBe(100)
  })
})
