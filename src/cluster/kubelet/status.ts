// A pod's status from what its containers do: phase, conditions, container statuses. Pure.
import { isDeepStrictEqual } from 'node:util'
import type {
  Container,
  ContainerState,
  ContainerStatus,
  Pod,
  PodCondition,
  PodStatus,
} from '../objects/pod.ts'

/** One container as the kubelet knows it. */
export interface ContainerRun {
  readonly spec: Container
  /** Of `initContainers`; a sidecar if its restartPolicy is Always. */
  readonly init: boolean
  readonly state: ContainerState
  readonly lastState: ContainerState
  readonly restartCount: number
  /** Its startup probe (if any) has passed. */
  readonly started: boolean
  /** Its readiness probe (if any) passes. */
  readonly ready: boolean
  readonly id?: string
  /** Will not be started again. */
  readonly finished: boolean
}

export interface StatusInput {
  readonly pod: Pod
  readonly runs: readonly ContainerRun[]
  readonly place: { readonly podIP?: string; readonly hostIP: string }
  /** RFC 3339: when the kubelet took the pod. */
  readonly startTime: string
  /** Conditions of readiness gates are read from the pod, all others are made here. */
  readonly now: number
}

/** Whether a container is a sidecar among the init containers. */
export function isRestartableInit(run: Pick<ContainerRun, 'spec' | 'init'>): boolean {
  return run.init && run.spec.restartPolicy === 'Always'
}

/** The status as it should be. Times of conditions whose status stays are kept. */
export function podStatus(input: StatusInput): PodStatus {
  const { pod, runs, place } = input
  const main = runs.filter((run) => !run.init)
  const init = runs.filter((run) => run.init)
  const initialized = init.every((run) => (isRestartableInit(run) ? run.started : succeeded(run)))
  const phase = phaseOf(pod, main, init, initialized)
  const ended = phase === 'Succeeded' || phase === 'Failed'
  const serving = [...main, ...init.filter(isRestartableInit)]
  const unready = serving.filter((run) => !run.ready)
  const unnamed = names(unready)
  const readyCondition = (type: string): Omit<PodCondition, 'lastTransitionTime'> =>
    ended
      ? { type, status: 'False', reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' }
      : unready.length > 0
        ? {
            type,
            status: 'False',
            reason: 'ContainersNotReady',
            message: `containers with unready status: ${unnamed}`,
          }
        : { type, status: 'True' }
  const gates = openGates(pod)
  const podReady = readyCondition('Ready')
  const wanted: Omit<PodCondition, 'lastTransitionTime'>[] = [
    { type: 'PodReadyToStartContainers', status: place.podIP === undefined || ended ? 'False' : 'True' },
    initialized
      ? { type: 'Initialized', status: 'True', ...(phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}) }
      : {
          type: 'Initialized',
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: ${names(init.filter((run) => (isRestartableInit(run) ? !run.started : !succeeded(run))))}`,
        },
    podReady.status === 'True' && gates.length > 0
      ? { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: gates.join(', ') }
      : podReady,
    readyCondition('ContainersReady'),
    { type: 'PodScheduled', status: 'True' },
  ]
  const own = new Set(wanted.map((condition) => condition.type))
  const foreign = pod.status?.conditions?.filter((condition) => !own.has(condition.type)) ?? []
  return {
    phase,
    conditions: [...wanted.map((condition) => settle(pod, condition, input.now)), ...foreign],
    hostIP: place.hostIP,
    hostIPs: [{ ip: place.hostIP }],
    ...(place.podIP === undefined ? {} : { podIP: place.podIP, podIPs: [{ ip: place.podIP }] }),
    startTime: input.startTime,
    qosClass: qosClass(pod),
    ...(init.length > 0 ? { initContainerStatuses: init.map(containerStatus) } : {}),
    containerStatuses: main.map(containerStatus),
  }
}

function phaseOf(
  pod: Pod,
  main: readonly ContainerRun[],
  init: readonly ContainerRun[],
  initialized: boolean,
): NonNullable<PodStatus['phase']> {
  if (
    init.some(
      (run) =>
        run.finished && run.state.terminated !== undefined && !succeeded(run) && !isRestartableInit(run),
    )
  ) {
    return 'Failed'
  }
  if (main.length > 0 && main.every((run) => run.finished)) {
    return main.every(succeeded) ? 'Succeeded' : 'Failed'
  }
  const begun = main.some((run) => run.state.running || run.state.terminated || run.restartCount > 0)
  return initialized && (begun || pod.status?.phase === 'Running') ? 'Running' : 'Pending'
}

function succeeded(run: ContainerRun): boolean {
  return run.state.terminated?.exitCode === 0
}

function names(runs: readonly ContainerRun[]): string {
  return `[${runs.map((run) => run.spec.name).join(' ')}]`
}

function openGates(pod: Pod): string[] {
  return (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = pod.status?.conditions?.find((one) => one.type === conditionType)
    if (condition?.status === 'True') return []
    return condition
      ? [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`]
      : [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`]
  })
}

function settle(pod: Pod, wanted: Omit<PodCondition, 'lastTransitionTime'>, now: number): PodCondition {
  const known = pod.status?.conditions?.find((one) => one.type === wanted.type)
  const kept = known?.status === wanted.status ? known.lastTransitionTime : undefined
  return {
    ...wanted,
    lastProbeTime: null,
    lastTransitionTime: kept ?? `${new Date(now).toISOString().slice(0, 19)}Z`,
  }
}

function containerStatus(run: ContainerRun): ContainerStatus {
  const image = run.spec.image ?? ''
  const known = run.id !== undefined
  return {
    name: run.spec.name,
    image,
    imageID: known ? image : '',
    ...(run.id === undefined ? {} : { containerID: run.id }),
    ready: run.ready,
    started: run.started,
    restartCount: run.restartCount,
    state: run.state,
    lastState: run.lastState,
  }
}

/** Guaranteed: all limits given and equal to requests; BestEffort: nothing given at all. */
export function qosClass(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  const given = containers.some(
    ({ resources }) => Object.keys({ ...resources?.limits, ...resources?.requests }).length > 0,
  )
  if (!given) return 'BestEffort'
  const full = containers.every(({ resources }) => {
    const limits = resources?.limits
    if (limits?.['cpu'] === undefined || limits['memory'] === undefined) return false
    const wanted = { cpu: limits['cpu'], memory: limits['memory'] }
    return isDeepStrictEqual({ ...wanted, ...pick(resources?.requests) }, wanted)
  })
  return full ? 'Guaranteed' : 'Burstable'
}

function pick(requests: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const { cpu, memory } = requests ?? {}
  return { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) }
}
