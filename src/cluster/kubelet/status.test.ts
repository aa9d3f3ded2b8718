import { describe, expect, it } from 'vitest'
import type { PodSpec } from '../objects/pod.ts'
import { pod } from '../testing/objects.ts'
import { type ContainerRun, podStatus, qosClass } from './status.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const RUNNING = { state: { running: { startedAt: '' } }, started: true, ready: true }
const ended = (exitCode: number, finished = true) => ({
  state: { terminated: { exitCode, reason: '', startedAt: '', finishedAt: '' } },
  finished,
})

const run = (name: string, extra: Partial<ContainerRun> = {}): ContainerRun => ({
  spec: { name },
  init: false,
  state: { waiting: { reason: 'ContainerCreating' } },
  lastState: {},
  restartCount: 0,
  started: false,
  ready: false,
  finished: false,
  ...extra,
})
const status = (runs: readonly ContainerRun[], spec: Partial<PodSpec> = {}) =>
  podStatus({
    pod: pod('web', { spec }),
    runs,
    place: { podIP: '127.9.64.1', hostIP: '127.9.0.1' },
    startTime: '2026-01-01T00:00:00Z',
    now: NOW,
  })
const summary = (runs: readonly ContainerRun[], spec: Partial<PodSpec> = {}) => {
  const { phase, conditions } = status(runs, spec)
  return `${phase} ${conditions
    ?.filter((one) => one.status === 'True')
    .map((one) => one.type)
    .sort()
    .join(' ')}`
}

describe('podStatus', () => {
  it.each([
    ['nothing started', [run('a')], 'Pending Initialized PodReadyToStartContainers PodScheduled'],
    [
      'one of two ready',
      [run('a', RUNNING), run('b')],
      'Running Initialized PodReadyToStartContainers PodScheduled',
    ],
    [
      'all ready',
      [run('a', RUNNING)],
      'Running ContainersReady Initialized PodReadyToStartContainers PodScheduled Ready',
    ],
    [
      'crashed, to be restarted',
      [run('a', { ...ended(1, false) })],
      'Running Initialized PodReadyToStartContainers PodScheduled',
    ],
    ['all ended well', [run('a', ended(0)), run('b', ended(0))], 'Succeeded Initialized PodScheduled'],
    ['one ended badly', [run('a', ended(0)), run('b', ended(1))], 'Failed Initialized PodScheduled'],
    [
      'init container at work',
      [run('i', { ...RUNNING, init: true, ready: false }), run('a')],
      'Pending PodReadyToStartContainers PodScheduled',
    ],
    ['init container failed', [run('i', { ...ended(1), init: true }), run('a')], 'Failed PodScheduled'],
    [
      'native sidecar ready',
      [run('s', { ...RUNNING, init: true, spec: { name: 's', restartPolicy: 'Always' } }), run('a', RUNNING)],
      'Running ContainersReady Initialized PodReadyToStartContainers PodScheduled Ready',
    ],
    [
      'native sidecar not ready',
      [
        run('s', { ...RUNNING, ready: false, init: true, spec: { name: 's', restartPolicy: 'Always' } }),
        run('a', RUNNING),
      ],
      'Running Initialized PodReadyToStartContainers PodScheduled',
    ],
  ])('%s', (_, runs, expected) => {
    expect(summary(runs)).toBe(expected)
  })

  it('waits for readiness gates', () => {
    expect(summary([run('a', RUNNING)], { readinessGates: [{ conditionType: 'x/y' }] })).toBe(
      'Running ContainersReady Initialized PodReadyToStartContainers PodScheduled',
    )
  })

  it('keeps the time at which a condition changed, and conditions of others', () => {
    const old = { type: 'Ready', status: 'True' as const, lastTransitionTime: '2020-01-01T00:00:00Z' }
    const foreign = { type: 'x/y', status: 'True' as const }
    const { conditions } = podStatus({
      pod: pod('web', { status: { conditions: [old, foreign] } }),
      runs: [run('a', RUNNING)],
      place: { hostIP: '127.9.0.1' },
      startTime: '',
      now: NOW,
    })
    expect(conditions?.find((one) => one.type === 'Ready')?.lastTransitionTime).toBe('2020-01-01T00:00:00Z')
    expect(conditions?.find((one) => one.type === 'Initialized')?.lastTransitionTime).toBe(
      '2026-01-01T00:00:00Z',
    )
    expect(conditions).toContain(foreign)
  })
})

describe('qosClass', () => {
  const of = (resources: object) => qosClass(pod('p', { containers: [{ name: 'a', resources }] }))
  it('goes by requests and limits', () => {
    expect(of({})).toBe('BestEffort')
    expect(of({ requests: { cpu: '1' } })).toBe('Burstable')
    expect(of({ limits: { cpu: '1', memory: '1Gi' } })).toBe('Guaranteed')
    expect(of({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } })).toBe('Burstable')
  })
})
