// One pod from its arrival to its end: address, volumes, init containers, containers, status, graceful termination.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { ApiError } from '../../apiserver/client.ts'
import { POD } from '../../resources/kinds.ts'
import { keyOf } from '../../resources/object.ts'
import { APP_ADDRESS_ANNOTATION } from '../../resources/pod.ts'
import { type Container, hasSidecar, type Pod, type PodStatus } from '../objects/pod.ts'
import { type ContainerHost, ContainerSupervisor } from './container.ts'
import type { KubeletContext } from './context.ts'
import { LogFile } from './log-file.ts'
import { logFolder } from './log-folder.ts'
import { PodVolumes } from './pod-volumes.ts'
import { pause } from './prober.ts'
import { isRestartableInit, podStatus } from './status.ts'
import { appAddress, surroundingsOf } from './surroundings.ts'

const LONGEST_RETRY_MS = 30_000

export class PodWorker {
  readonly #context: KubeletContext
  readonly #containers: readonly ContainerSupervisor[]
  readonly #volumes: PodVolumes
  readonly #startTime: string
  readonly #stopping = new AbortController()
  #pod: Pod
  #podIP: string | undefined
  #addressHeld = false
  #graceGivenMs = Number.POSITIVE_INFINITY
  #terminating: Promise<void> | undefined
  #running: Promise<void> = Promise.resolve()
  #writing: Promise<void> | undefined
  #dirty = false
  /** The API has no such pod any more, or the cluster is going down: nothing is written. */
  #silent = false

  constructor(context: KubeletContext, pod: Pod) {
    this.#context = context
    this.#pod = pod
    this.#startTime = pod.status?.startTime ?? `${new Date(context.now()).toISOString().slice(0, 19)}Z`
    this.#volumes = new PodVolumes(context, pod)
    const host = this.#host(pod)
    const before = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    const supervise = (init: boolean) => (spec: Container) =>
      new ContainerSupervisor(
        host,
        spec,
        init,
        before.find((one) => one.name === spec.name),
      )
    this.#containers = [
      ...(pod.spec.initContainers ?? []).map(supervise(true)),
      ...pod.spec.containers.map(supervise(false)),
    ]
  }

  get pod(): Pod {
    return this.#pod
  }
  get containers(): readonly ContainerSupervisor[] {
    return this.#containers
  }

  start(): void {
    if (this.#pod.metadata.deletionTimestamp !== undefined) {
      this.#terminate()
      return
    }
    this.#running = this.#run().catch((error) =>
      this.#context.failed('pod', keyOf(this.#pod.metadata), error),
    )
  }

  /** A new version of the pod object. */
  update(pod: Pod): void {
    const annotated = !isDeepStrictEqual(pod.metadata.annotations, this.#pod.metadata.annotations)
    this.#pod = pod
    if (pod.metadata.deletionTimestamp !== undefined) this.#terminate()
    else if (annotated) this.wake()
    if (pod.spec.readinessGates?.length) this.#changed()
  }

  /** The objects that it refers to may have changed. */
  wake(): void {
    this.#volumes.wake()
    for (const container of this.#containers) container.wake()
  }

  proxyChanged(): void {
    for (const container of this.#containers) container.proxyChanged()
  }

  /** The object is gone: so is everything else, at once. */
  async deleted(): Promise<void> {
    this.#silent = true
    await this.#endAll(0)
    this.#cleanUp()
  }

  /** The cluster goes down: processes end, the object stays. */
  async stop(graceMs: number): Promise<void> {
    this.#silent = true
    await this.#endAll(graceMs)
    await this.#writing
  }

  async #run(): Promise<void> {
    const podIP = this.#takeAddress()
    if (podIP === undefined) return
    this.#changed()
    await this.#annotate(podIP)
    await this.#volumes.prepare(podIP, this.#stopping.signal, (message) =>
      this.#event('Warning', 'FailedMount', message),
    )
    if (this.#stopping.signal.aborted) return
    if (!(await this.#runInit())) {
      this.#giveBackAddress()
      return
    }
    const main = this.#containers.filter((one) => !one.init)
    for (const container of main) container.creating()
    const ends = main.map((one) => one.run().then(() => this.#proxyMayEnd(main)))
    await Promise.all(ends)
    if (this.#stopping.signal.aborted) return
    const sidecars = this.#containers.filter((one) => isRestartableInit(one))
    await Promise.all(sidecars.map((one) => one.terminate(this.#graceMs())))
    this.#giveBackAddress()
  }

  /** A container that the engine runs never ends by itself: it ends when all others have. */
  #proxyMayEnd(main: readonly ContainerSupervisor[]): void {
    const programs = main.filter((one) => !one.engineRun)
    if (programs.length === 0 || programs.some((one) => !one.view().finished)) return
    for (const container of main) if (container.engineRun) container.finish()
  }

  /** False when an init container failed for good, or the pod is to end. */
  async #runInit(): Promise<boolean> {
    for (const container of this.#containers.filter((one) => one.init)) {
      const running = container.run()
      await (isRestartableInit(container) ? container.startedOnce : running)
      if (this.#stopping.signal.aborted) return false
      if (!isRestartableInit(container) && container.exitCode !== 0) return false
    }
    return true
  }

  /** Retried until an address is free: an exhausted range is not the pod's fault. */
  #takeAddress(): string | undefined {
    this.#podIP ??= this.#context.addresses.pods.take(this.#pod.status?.podIP)
    this.#addressHeld = this.#podIP !== undefined
    if (this.#podIP === undefined) {
      this.#event('Warning', 'FailedCreatePodSandBox', 'no pod address is left in the range of this cluster')
      setTimeout(() => this.#stopping.signal.aborted || this.start(), LONGEST_RETRY_MS).unref()
    }
    return this.#podIP
  }

  /** Tells the sidecar where the program behind it listens. */
  async #annotate(podIP: string): Promise<void> {
    if (!hasSidecar(this.#pod)) return
    const address = appAddress(this.#pod, podIP, this.#context.addresses.twinOf)
    if (this.#pod.metadata.annotations?.[APP_ADDRESS_ANNOTATION] === address) return
    const { name, namespace } = this.#pod.metadata
    const metadata = { annotations: { [APP_ADDRESS_ANNOTATION]: address } }
    this.#pod = await this.#context.client.patch<Pod>(POD, name, namespace, { metadata })
  }

  #terminate(): void {
    const failed = (error: unknown) =>
      this.#context.failed('pod termination', keyOf(this.#pod.metadata), error)
    // A second delete may only shorten the grace.
    const graceMs = this.#graceMs()
    if (this.#terminating && graceMs < this.#graceGivenMs) void this.#endAll(graceMs).catch(failed)
    this.#graceGivenMs = Math.min(this.#graceGivenMs, graceMs)
    this.#terminating ??= this.#finishOff().catch(failed)
  }

  async #finishOff(): Promise<void> {
    await this.#endAll(this.#graceMs())
    this.#changed()
    await this.#written()
    if (this.#silent) return
    const { name, namespace, uid } = this.#pod.metadata
    for (let pauseMs = 50; !this.#silent; pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_MS)) {
      try {
        await this.#context.client.delete(POD, name, namespace, {
          gracePeriodSeconds: 0,
          ...(uid === undefined ? {} : { uid }),
        })
        return
      } catch (error) {
        // A conflict: the name belongs to another pod by now.
        if (error instanceof ApiError && (error.reason === 'NotFound' || error.reason === 'Conflict')) return
        this.#context.failed('pod deletion', keyOf(this.#pod.metadata), error)
        await pause(pauseMs, new AbortController().signal)
      }
    }
  }

  async #endAll(graceMs: number): Promise<void> {
    this.#stopping.abort()
    this.#volumes.wake()
    const main = this.#containers.filter((one) => !one.init)
    const init = this.#containers.filter((one) => one.init)
    const proxies = main.filter((one) => one.engineRun)
    // The sidecar outlives the programs that talk through it.
    await Promise.all(main.filter((one) => !one.engineRun).map((one) => one.terminate(graceMs)))
    await Promise.all([...proxies, ...init].map((one) => one.terminate(graceMs)))
    await this.#running
  }

  #graceMs(): number {
    const { deletionGracePeriodSeconds } = this.#pod.metadata
    return (deletionGracePeriodSeconds ?? this.#pod.spec.terminationGracePeriodSeconds ?? 30) * 1000
  }

  #giveBackAddress(): void {
    if (this.#addressHeld && this.#podIP !== undefined) this.#context.addresses.pods.release(this.#podIP)
    this.#addressHeld = false
  }

  #cleanUp(): void {
    this.#giveBackAddress()
    rmSync(join(this.#context.folder, 'pods', this.#pod.metadata.uid ?? ''), { recursive: true, force: true })
    rmSync(logFolder(this.#context, this.#pod), { recursive: true, force: true })
  }

  #changed(): void {
    this.#dirty = true
    this.#writing ??= this.#writeStatus().finally(() => {
      this.#writing = undefined
      if (this.#dirty && !this.#silent) this.#changed()
    })
  }

  async #written(): Promise<void> {
    while (this.#writing) await this.#writing
  }

  /** One write at a time; what changes meanwhile goes with the next one. */
  async #writeStatus(): Promise<void> {
    await Promise.resolve()
    for (let pauseMs = 20; this.#dirty && !this.#silent; ) {
      this.#dirty = false
      const status = this.#status()
      if (isSameStatus(this.#pod.status, status)) continue
      const { name, namespace, uid } = this.#pod.metadata
      try {
        const patch = { metadata: { uid }, status }
        const written = await this.#context.client.patch<Pod>(POD, name, namespace, patch, 'status')
        if (!this.#pod.metadata.deletionTimestamp || written.metadata.deletionTimestamp) this.#pod = written
        pauseMs = 20
      } catch (error) {
        if (error instanceof ApiError && (error.reason === 'NotFound' || error.reason === 'Conflict')) return
        this.#dirty = true
        this.#context.failed('pod status', keyOf(this.#pod.metadata), error)
        await pause(pauseMs, new AbortController().signal)
        pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_MS)
      }
    }
  }

  #status(): PodStatus {
    return podStatus({
      pod: this.#pod,
      runs: this.#containers.map((container) => container.view()),
      place: {
        hostIP: this.#context.hostIP,
        ...(this.#podIP === undefined ? {} : { podIP: this.#podIP }),
      },
      startTime: this.#startTime,
      now: this.#context.now(),
    })
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string, container?: Container): void {
    const group = container && this.#pod.spec.containers.includes(container) ? 'containers' : 'initContainers'
    this.#context.events.record('kubelet', this.#pod, {
      type,
      reason,
      message,
      ...(container === undefined ? {} : { fieldPath: `spec.${group}{${container.name}}` }),
    })
  }

  #host(pod: Pod): ContainerHost {
    const { namespace, name, uid = '' } = pod.metadata
    return {
      surroundings: (container) => surroundingsOf(this.#context, this.#pod, container, this.#podIP ?? ''),
      probeTarget: () => ({
        address: appAddress(this.#pod, this.#podIP ?? '', this.#context.addresses.twinOf),
        locate: this.#context.addresses.locate,
      }),
      openLog: (container, restart) =>
        new LogFile(join(logFolder(this.#context, pod), container.name, `${restart}.log`), this.#context.now),
      event: (type, reason, message, container) => {
        if (!this.#silent) this.#event(type, reason, message, container)
      },
      changed: () => this.#changed(),
      proxyReady: () => this.#context.proxyReady(this.#context.latest(this.#pod) ?? this.#pod),
      restartPolicy: pod.spec.restartPolicy ?? 'Always',
      gracePeriodMs: () => this.#graceMs(),
      podName: `${name}_${namespace}(${uid})`,
      uid,
      now: this.#context.now,
    }
  }
}

/** Whether a merge of `wanted` into `present` would change nothing. */
function isSameStatus(present: PodStatus | undefined, wanted: PodStatus): boolean {
  return Object.entries(wanted).every(([key, value]) =>
    isDeepStrictEqual((present as Record<string, unknown> | undefined)?.[key], value),
  )
}
