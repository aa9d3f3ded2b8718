// One pod from its arrival to its end: address, volumes, init containers, containers, status, graceful termination.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { POD } from '../../resources/kinds.ts'
import { keyOf } from '../../resources/object.ts'
import { APP_ADDRESS_ANNOTATION } from '../../resources/pod.ts'
import { type Container, hasSidecar, type Pod, type PodStatus } from '../objects/pod.ts'
import type { ContainerHost } from './container-host.ts'
import { ContainerSupervisor } from './container-supervisor.ts'
import type { KubeletContext } from './context.ts'
import { insist } from './insist.ts'
import { logFolder, openRunLog } from './log-folder.ts'
import { PodVolumes } from './pod-volumes.ts'
import { ProxyGate } from './proxy-gate.ts'
import { isRestartableInit, podStatus } from './status.ts'
import { StatusWriter } from './status-writer.ts'
import { appAddress, surroundingsOf } from './surroundings.ts'

const ADDRESS_RETRY_MS = 30_000

export class PodWorker {
  readonly #context: KubeletContext
  readonly #containers: readonly ContainerSupervisor[]
  readonly #volumes: PodVolumes
  readonly #proxy: ProxyGate
  readonly #status: StatusWriter
  readonly #startTime: string
  readonly #stopping = new AbortController()
  #pod: Pod
  #podIP: string | undefined
  #addressHeld = false
  #graceGivenMs = Number.POSITIVE_INFINITY
  #terminating: Promise<void> | undefined
  #running: Promise<void> = Promise.resolve()
  /** Aborted when the API has no such pod any more, or the cluster is going down: nothing is written then. */
  readonly #quiet = new AbortController()

  constructor(context: KubeletContext, pod: Pod) {
    this.#context = context
    this.#pod = pod
    this.#startTime = pod.status?.startTime ?? `${new Date(context.now()).toISOString().slice(0, 19)}Z`
    this.#volumes = new PodVolumes(context, pod)
    this.#proxy = new ProxyGate(() => this.#isProxyReady())
    this.#status = new StatusWriter({
      wanted: () => this.#wantedStatus(),
      present: () => this.#pod.status,
      write: (status) => this.#writeStatus(status),
      quiet: this.#quiet.signal,
    })
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
    if (pod.spec.readinessGates?.length) this.#status.changed()
  }

  /** The objects that it refers to may have changed. */
  wake(): void {
    this.#volumes.wake()
    for (const container of this.#containers) container.wake()
  }

  proxyChanged(): void {
    for (const container of this.#containers) container.proxyChanged()
    this.#proxy.changed()
  }

  /** The object is gone: so is everything else, at once. */
  async deleted(): Promise<void> {
    this.#quiet.abort()
    await this.#endAll(0)
    this.#cleanUp()
  }

  /** The cluster goes down: processes end, the object stays. */
  async stop(graceMs: number): Promise<void> {
    this.#quiet.abort()
    await this.#endAll(graceMs)
    await this.#status.settled()
  }

  async #run(): Promise<void> {
    const podIP = this.#takeAddress()
    if (podIP === undefined) return
    this.#status.changed()
    await this.#annotate(podIP)
    await this.#volumes.prepare(podIP, this.#stopping.signal, (message) =>
      this.#event('Warning', 'FailedMount', message),
    )
    if (this.#stopping.signal.aborted) return
    if (await this.#runInit()) await this.#runMain()
    if (this.#stopping.signal.aborted) return
    const sidecars = this.#containers.filter((one) => isRestartableInit(one))
    await Promise.all(sidecars.map((one) => one.terminate(this.#graceMs())))
    this.#giveBackAddress()
  }

  async #runMain(): Promise<void> {
    const main = this.#containers.filter((one) => !one.init)
    for (const container of main) container.creating()
    await Promise.all(
      main.map(async (one) => {
        if (this.#callsOut(one)) await this.#proxy.opened(this.#stopping.signal)
        await one.run()
        this.#proxyMayEnd(main)
      }),
    )
  }

  /** A foreign command behind a sidecar: it may call others in its first millisecond, and the sidecar is its way out. */
  #callsOut({ spec }: ContainerSupervisor): boolean {
    if (!hasSidecar(this.#pod)) return false
    const surroundings = surroundingsOf(this.#context, this.#pod, spec, this.#podIP ?? '')
    return 'runnable' in surroundings && surroundings.runnable.kind === 'command'
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
      setTimeout(() => this.#stopping.signal.aborted || this.start(), ADDRESS_RETRY_MS).unref()
    }
    return this.#podIP
  }

  /** Tells the sidecar where the program behind it listens; tried until it is written or the pod is gone. */
  async #annotate(podIP: string): Promise<void> {
    if (!hasSidecar(this.#pod)) return
    const address = appAddress(this.#pod, podIP, this.#context.addresses.twinOf)
    if (this.#pod.metadata.annotations?.[APP_ADDRESS_ANNOTATION] === address) return
    const metadata = { annotations: { [APP_ADDRESS_ANNOTATION]: address } }
    await this.#insist('pod annotation', async () => {
      const { name, namespace } = this.#pod.metadata
      this.#pod = await this.#context.client.patch<Pod>(POD, name, namespace, { metadata })
    })
  }

  #insist(what: string, write: () => Promise<void>): Promise<void> {
    const quiet = this.#quiet.signal
    return insist(
      {
        quiet,
        exists: () => this.#context.latest(this.#pod) !== undefined,
        failed: (error) => this.#context.failed(what, keyOf(this.#pod.metadata), error),
      },
      write,
    )
  }

  #isProxyReady(): boolean {
    return this.#context.proxyReady(this.#context.latest(this.#pod) ?? this.#pod)
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
    this.#status.changed()
    await this.#status.settled()
    if (this.#quiet.signal.aborted) return
    const { name, namespace, uid } = this.#pod.metadata
    const precondition = uid === undefined ? {} : { uid }
    await this.#insist('pod deletion', () =>
      this.#context.client.delete(POD, name, namespace, { gracePeriodSeconds: 0, ...precondition }),
    )
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

  async #writeStatus(status: PodStatus): Promise<void> {
    await this.#insist('pod status', async () => {
      const { name, namespace, uid } = this.#pod.metadata
      const patch = { metadata: { uid }, status }
      const written = await this.#context.client.patch<Pod>(POD, name, namespace, patch, 'status')
      if (!this.#pod.metadata.deletionTimestamp || written.metadata.deletionTimestamp) this.#pod = written
    })
  }

  #wantedStatus(): PodStatus {
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
    const main = this.#pod.spec.containers.some((one) => one.name === container?.name)
    const group = main ? 'containers' : 'initContainers'
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
      openLog: (container, restart) => openRunLog(this.#context, pod, container.name, restart),
      event: (type, reason, message, container) => {
        if (!this.#quiet.signal.aborted) this.#event(type, reason, message, container)
      },
      changed: () => this.#status.changed(),
      proxyReady: () => this.#isProxyReady(),
      restartPolicy: pod.spec.restartPolicy ?? 'Always',
      gracePeriodMs: () => this.#graceMs(),
      podName: `${name}_${namespace}(${uid})`,
      uid,
      now: this.#context.now,
    }
  }
}
