// The kubelet role: a worker per pod of this node, fed by informers, with logs and exec on top.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ApiError } from '../../apiserver/client.ts'
import { POD } from '../../resources/kinds.ts'
import { keyOf } from '../../resources/object.ts'
import type { Informers } from '../controllers/informers.ts'
import { isFinished, type Pod } from '../objects/pod.ts'
import type { ExecOptions, ExecProcess, LogOptions } from '../options.ts'
import type { ContainerSupervisor } from './container-supervisor.ts'
import type { KubeletContext } from './context.ts'
import { launch } from './launch.ts'
import { LOG_FOLDER, storedLog } from './log-folder.ts'
import { streamLog } from './log-reader.ts'
import { PodWorker } from './pod-worker.ts'

/** How long programs have to end when the cluster goes down. */
const SHUTDOWN_GRACE_MS = 2000

export class Kubelet {
  readonly #context: KubeletContext
  readonly #nodeName: string
  readonly #workers = new Map<string, PodWorker>()
  readonly #ending = new Set<Promise<void>>()
  #unsubscribe: () => void = () => undefined

  constructor(context: KubeletContext, nodeName: string) {
    this.#context = context
    this.#nodeName = nodeName
  }

  /** Takes the pods that are there, then those that come. */
  async start(informers: Informers): Promise<void> {
    const pods = await informers.of<Pod>(POD)
    this.#sweep(new Set([...pods.cache.values()].map((pod) => pod.metadata.uid ?? '')))
    const alive = [...pods.cache.values()].filter((pod) => !isFinished(pod))
    // Pods that had an address in an earlier run come first: no newcomer may take it.
    const hadAddress = (pod: Pod) => Number(pod.status?.podIP !== undefined)
    for (const pod of alive.sort((a, b) => hadAddress(b) - hadAddress(a))) this.#take(pod)
    this.#unsubscribe = pods.on(({ type, object }) => {
      if (type === 'DELETED') this.#drop(object)
      else this.#take(object)
    })
  }

  /** ConfigMaps or Secrets of a namespace changed. */
  referencesChanged(namespace: string): void {
    for (const worker of this.#workers.values())
      if (worker.pod.metadata.namespace === namespace) worker.wake()
  }

  proxiesChanged(): void {
    for (const worker of this.#workers.values()) worker.proxyChanged()
  }

  /** The stored and live log of a container; throws ApiError as `pods/log` answers. */
  logs(pod: Pod, options: LogOptions): AsyncIterable<Uint8Array> {
    const container = containerNamed(pod, options.container)
    const previous = options.previous ?? false
    const run = this.#container(pod, container)
    const live = previous ? run?.previousLog : run?.log
    const log = live ?? storedLog(this.#context, pod, container, previous)
    if (log) return streamLog(log, options, this.#context.now())
    const name = pod.metadata.name
    throw previous
      ? new ApiError(
          400,
          'BadRequest',
          `previous terminated container "${container}" in pod "${name}" not found`,
        )
      : new ApiError(
          400,
          'BadRequest',
          `container "${container}" in pod "${name}" is waiting to start: ${waitingReason(pod, container)}`,
        )
  }

  exec(pod: Pod, options: ExecOptions): ExecProcess {
    const name = containerNamed(pod, options.container)
    const surroundings = this.#container(pod, name)?.surroundings
    if (!surroundings || surroundings.runnable.kind === 'engine') {
      throw new ApiError(
        400,
        'BadRequest',
        `container "${name}" of pod "${pod.metadata.name}" has no process to run a command beside`,
      )
    }
    const { env, cwd } = surroundings
    const launched = launch({ command: options.command, env, cwd, kind: 'foreign', stdin: true })
    const { stdin, stdout, stderr } = launched.child
    if (!stdin || !stdout || !stderr) throw new ApiError(500, 'InternalError', 'the process has no streams')
    stdin.on('error', () => undefined)
    return {
      stdin,
      stdout,
      stderr,
      exited: launched.exited.then(({ code }) => code),
      kill: () => launched.kill('SIGKILL'),
    }
  }

  /** Adds a line to the log of the container that the engine runs. */
  proxyLog(pod: Pod, line: string): void {
    const worker = this.#workers.get(pod.metadata.uid ?? '')
    worker?.containers.find((one) => one.engineRun)?.log?.line(line)
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop(SHUTDOWN_GRACE_MS)))
    await Promise.all(this.#ending)
    this.#workers.clear()
  }

  #take(pod: Pod): void {
    const uid = pod.metadata.uid ?? ''
    const known = this.#workers.get(uid)
    if (known) {
      known.update(pod)
      return
    }
    if (pod.spec.nodeName !== this.#nodeName) return
    // A finished pod has nothing to run, but its deletion still has to be completed.
    if (isFinished(pod) && pod.metadata.deletionTimestamp === undefined) return
    const worker = new PodWorker(this.#context, pod)
    this.#workers.set(uid, worker)
    worker.start()
  }

  #drop(pod: Pod): void {
    const uid = pod.metadata.uid ?? ''
    const worker = this.#workers.get(uid)
    this.#workers.delete(uid)
    if (!worker) {
      this.#remove(uid)
      return
    }
    const ending = worker
      .deleted()
      .catch((error) => this.#context.failed('pod removal', keyOf(pod.metadata), error))
    this.#ending.add(ending)
    void ending.then(() => this.#ending.delete(ending))
  }

  #container(pod: Pod, name: string): ContainerSupervisor | undefined {
    return this.#workers.get(pod.metadata.uid ?? '')?.containers.find((one) => one.spec.name === name)
  }

  /** Folders of pods that are no more (deleted while nobody was there to see it). */
  #sweep(uids: ReadonlySet<string>): void {
    for (const uid of list(join(this.#context.folder, 'pods'))) if (!uids.has(uid)) this.#remove(uid)
    const logs = join(this.#context.folder, LOG_FOLDER)
    for (const folder of list(logs)) {
      const uid = folder.split('_').at(-1) ?? ''
      if (!uids.has(uid)) rmSync(join(logs, folder), { recursive: true, force: true })
    }
  }

  #remove(uid: string): void {
    if (uid !== '') rmSync(join(this.#context.folder, 'pods', uid), { recursive: true, force: true })
  }
}

/** The container that a request means; throws 400 when it must be named or does not exist. */
export function containerNamed(pod: Pod, asked: string | undefined): string {
  const main = pod.spec.containers.map((one) => one.name)
  const all = [...main, ...(pod.spec.initContainers ?? []).map((one) => one.name)]
  const name = pod.metadata.name
  if (asked !== undefined && asked !== '') {
    if (all.includes(asked)) return asked
    throw new ApiError(400, 'BadRequest', `container ${asked} is not valid for pod ${name}`)
  }
  const [only, second] = main
  if (only !== undefined && second === undefined) return only
  throw new ApiError(
    400,
    'BadRequest',
    `a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]`,
  )
}

function waitingReason(pod: Pod, container: string): string {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
  return statuses.find((one) => one.name === container)?.state.waiting?.reason ?? 'ContainerCreating'
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
