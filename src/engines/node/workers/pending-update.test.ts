import { describe, expect, it } from 'vitest'
import { type Diagnostic, diagnostic } from '../../../diagnostics/diagnostic.ts'
import type { Acknowledgement } from '../../engine.ts'
import { PendingUpdate } from './pending-update.ts'
import type { WorkerSlot } from './worker-slot.ts'

const finding = (message: string): Diagnostic => diagnostic('SP0803', {}, message)

function pending(...states: WorkerSlot['state'][]) {
  const slots = states.map((state) => ({ state }) as WorkerSlot)
  let outcome: Acknowledgement | undefined
  const update = new PendingUpdate(7, slots, (acknowledgement) => {
    outcome = acknowledgement
  })
  const over = (): Acknowledgement | undefined => {
    update.settled()
    return outcome
  }
  const [one, two] = slots as [WorkerSlot, WorkerSlot]
  return { update, one, two, over }
}

describe('an update', () => {
  it('is over when all workers have it, and tells what they rejected once', () => {
    const { update, one, two, over } = pending('running', 'starting')
    update.acknowledged(one, 7, [finding('busy')])
    expect(over()).toBeUndefined()
    update.acknowledged(two, 7, [finding('busy'), finding('other')])
    expect(over()).toEqual({ version: 7, rejected: [finding('busy'), finding('other')] })
  })

  it('is not over for an answer to an older one, and is for one to a newer one', () => {
    const { update, one, two, over } = pending('running', 'running')
    update.acknowledged(one, 6, [])
    update.acknowledged(two, 7, [])
    expect(over()).toBeUndefined()
    update.acknowledged(one, 8, [finding('of another version')])
    expect(over()).toEqual({ version: 7, rejected: [] })
  })

  it('does not wait for a worker that is gone', () => {
    const { update, one, two, over } = pending('running', 'waiting')
    update.acknowledged(one, 7, [])
    expect(over()).toBeDefined()
    const other = pending('running', 'running')
    other.update.acknowledged(other.two, 7, [])
    other.update.lost(other.one)
    expect(other.over()).toBeDefined()
    expect(two).toBeDefined()
  })

  it('waits for the next worker when all are gone, and not for ever', () => {
    const { update, one, two, over } = pending('running', 'running')
    update.lost(one)
    update.lost(two)
    expect(over()).toBeUndefined()
    update.acknowledged(one, 7, [])
    expect(over()).toEqual({ version: 7, rejected: [] })
    const hopeless = pending('running', 'running')
    for (let turn = 0; turn < 2; turn++) {
      hopeless.update.lost(hopeless.one)
      hopeless.update.lost(hopeless.two)
    }
    expect(hopeless.over()?.rejected).toMatchObject([{ code: 'SP0805' }])
  })
})
