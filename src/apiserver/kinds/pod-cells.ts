// What `kubectl get pods` shows of a pod: the status column tells the most telling thing about its containers.
import type { Cell } from '../kind.ts'
import { formatDuration } from '../table/age.ts'
import { age, orNone } from './columns.ts'
import type { ContainerStatus, Pod } from './pod-type.ts'

/** The cells of the pod table, wide ones included. */
export function podCells(pod: Pod, now: number): readonly Cell[] {
  const { spec, status } = pod
  const seen = observe(pod)
  const restarts =
    seen.restarts > 0 && seen.lastRestart > 0
      ? `${seen.restarts} (${formatDuration(now - seen.lastRestart)} ago)`
      : String(seen.restarts)
  return [
    pod.metadata.name,
    `${seen.ready}/${seen.total}`,
    ending(pod) ?? seen.reason,
    restarts,
    age(pod, now),
    orNone(status?.podIPs?.[0]?.ip ?? status?.podIP ?? ''),
    orNone(spec?.nodeName ?? ''),
    orNone(status?.nominatedNodeName ?? ''),
    readinessGates(pod),
  ]
}

function ending({ metadata, status }: Pod): string | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined
  if (status?.reason === 'NodeLost') return 'Unknown'
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed'
  return ended ? undefined : 'Terminating'
}

interface Observed {
  readonly reason: string
  readonly ready: number
  readonly total: number
  readonly restarts: number
  /** Milliseconds; 0 when nothing restarted. */
  readonly lastRestart: number
}

function observe(pod: Pod): Observed {
  const sidecars = new Set(
    (pod.spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map((one) => one.name),
  )
  const total = (pod.spec?.containers ?? []).length + sidecars.size
  const init = observeInit(pod, sidecars)
  if (init.reason !== undefined && !holds(pod, 'Initialized')) {
    return {
      reason: init.reason,
      ready: init.ready,
      total,
      restarts: init.restarts,
      lastRestart: init.lastRestart,
    }
  }
  const statuses = pod.status?.containerStatuses ?? []
  const alive = [
    ...statuses,
    ...(pod.status?.initContainerStatuses ?? []).filter((one) => sidecars.has(one.name)),
  ]
  const running = statuses.filter((one) => one.ready && one.state?.running).length
  return {
    reason: mainReason(pod, statuses, init.reason ?? phaseOf(pod), running > 0),
    ready: init.ready + running,
    total,
    restarts: sum(alive),
    lastRestart: latest(alive),
  }
}

function phaseOf({ status }: Pod): string {
  const gated = status?.conditions?.some(
    (one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated',
  )
  return gated ? 'SchedulingGated' : status?.reason || status?.phase || ''
}

/** How far the init containers are; a reason only while one of them holds the pod up. */
function observeInit(pod: Pod, sidecars: ReadonlySet<string | undefined>) {
  const statuses = pod.status?.initContainerStatuses ?? []
  let ready = 0
  const passed: ContainerStatus[] = []
  for (const [index, one] of statuses.entries()) {
    passed.push(one)
    const { state } = one
    if (state?.terminated?.exitCode === 0 && state.terminated) continue
    if (sidecars.has(one.name) && one.started) {
      if (one.ready) ready++
      continue
    }
    const total = pod.spec?.initContainers?.length ?? 0
    const waiting = state?.waiting?.reason
    const reason = state?.terminated
      ? `Init:${endOf(state.terminated)}`
      : waiting && waiting !== 'PodInitializing'
        ? `Init:${waiting}`
        : `Init:${index}/${total}`
    return { reason, ready, restarts: sum(passed), lastRestart: latest(passed) }
  }
  return { reason: undefined, ready, restarts: sum(passed), lastRestart: latest(passed) }
}

/** The first container that waits or has ended speaks for the pod. */
function mainReason(pod: Pod, statuses: readonly ContainerStatus[], start: string, running: boolean): string {
  let reason = start
  let failed = ''
  for (const { state } of [...statuses].reverse()) {
    if (state?.waiting?.reason) reason = state.waiting.reason
    else if (state?.terminated) {
      reason = endOf(state.terminated)
      if (state.terminated.exitCode !== 0) failed = reason
    }
  }
  if (reason !== 'Completed') return reason
  if (running && holds(pod, 'Ready')) return 'Running'
  if (failed) return failed
  return running ? 'NotReady' : reason
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>

function endOf({ reason, signal, exitCode = 0 }: Terminated): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`)
}

const holds = ({ status }: Pod, type: string): boolean =>
  status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false

const sum = (statuses: readonly ContainerStatus[]): number =>
  statuses.reduce((total, one) => total + (one.restartCount ?? 0), 0)

const latest = (statuses: readonly ContainerStatus[]): number =>
  Math.max(0, ...statuses.map((one) => Date.parse(one.lastState?.terminated?.finishedAt ?? '') || 0))

function readinessGates({ spec, status }: Pod): string {
  const gates = spec?.readinessGates ?? []
  if (gates.length === 0) return '<none>'
  const open = gates.filter(({ conditionType }) =>
    status?.conditions?.some((one) => one.type === conditionType && one.status === 'True'),
  )
  return `${open.length}/${gates.length}`
}
