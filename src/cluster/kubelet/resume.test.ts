import { describe, expect, it } from 'vitest'
import type { ContainerState, ContainerStatus } from '../objects/pod.ts'
import { resume } from './resume.ts'

const FRESH = { waiting: { reason: 'ContainerCreating' } }
const before = (state: ContainerState): ContainerStatus => ({
  name: 'a',
  image: '',
  imageID: '',
  ready: true,
  started: true,
  restartCount: 2,
  state,
  lastState: {},
})
const running = before({ running: { startedAt: '2026-01-01T00:00:00Z' } })
const completed = before({ terminated: { exitCode: 0, reason: 'Completed', startedAt: '', finishedAt: '' } })

describe('resume', () => {
  it('counts the restart of what was running when the machine went down', () => {
    const resumed = resume(running, false, () => true, FRESH, 0)
    expect(resumed).toMatchObject({ state: FRESH, restartCount: 3, finished: false })
    expect(resumed.lastState.terminated).toMatchObject({ exitCode: 255, reason: 'Unknown' })
  })
  it('takes it for failed when it must not be started again', () => {
    const resumed = resume(running, false, () => false, FRESH, 0)
    expect(resumed).toMatchObject({ restartCount: 2, finished: true })
    expect(resumed.state.terminated?.exitCode).toBe(255)
  })
  it('leaves what had completed, unless it is an init container', () => {
    expect(resume(completed, false, (code) => code !== 0, FRESH, 0)).toMatchObject({
      state: completed.state,
      finished: true,
    })
    expect(resume(completed, true, () => false, FRESH, 0).finished).toBe(false)
  })
  it('starts what was waiting', () => {
    const waiting = before({ waiting: { reason: 'CrashLoopBackOff' } })
    expect(resume(waiting, false, () => true, FRESH, 0)).toMatchObject({
      state: FRESH,
      restartCount: 2,
      finished: false,
    })
  })
})
