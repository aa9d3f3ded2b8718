// All volumes of one pod: written before its containers start, refreshed while they run.
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Pod } from '../objects/pod.ts'
import type { KubeletContext } from './context.ts'
import { pause } from './prober.ts'
import { volumesFolder } from './surroundings.ts'
import { type VolumeInput, volumeFiles, writeVolume } from './volumes.ts'

const LONGEST_RETRY_MS = 30_000
/** Tokens are replaced long before they end, so now and then a look is enough. */
const TOKEN_LOOK_MS = 30_000

export class PodVolumes {
  readonly #context: KubeletContext
  readonly #pod: Pod
  readonly #written = new Map<string, string>()
  #podIP = ''
  #ready = false
  #wake: () => void = () => undefined
  #refreshing: Promise<unknown> = Promise.resolve()

  constructor(context: KubeletContext, pod: Pod) {
    this.#context = context
    this.#pod = pod
  }

  /** Writes all volumes; waits for what is missing and says so. Resolves when they are there or the signal comes, which ends their refreshing too. */
  async prepare(podIP: string, signal: AbortSignal, missing: (message: string) => void): Promise<void> {
    this.#podIP = podIP
    for (let pauseMs = 500; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_MS)) {
      const problem = await this.#write()
      if (problem === undefined) break
      missing(problem)
      const waiting = new AbortController()
      this.#wake = () => waiting.abort()
      if (signal.aborted) return
      await pause(pauseMs, waiting.signal)
    }
    this.#ready = true
    if (!this.#hasToken || signal.aborted) return
    const timer = setInterval(() => this.wake(), TOKEN_LOOK_MS).unref()
    signal.addEventListener('abort', () => clearInterval(timer))
  }

  /** What changes with time alone. */
  get #hasToken(): boolean {
    const volumes = this.#pod.spec.volumes ?? []
    return volumes.some(({ projected }) => projected?.sources?.some((one) => one.serviceAccountToken))
  }

  /** Sources may have changed: what waits looks again, what is written is refreshed. */
  wake(): void {
    this.#wake()
    if (!this.#ready || this.#written.size === 0) return
    this.#refreshing = this.#refreshing.then(() => this.#write())
  }

  /** The first problem, or undefined. A full disk is one too. */
  async #write(): Promise<string | undefined> {
    try {
      return await this.#writeAll()
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  /** A volume whose source is gone keeps its files. */
  async #writeAll(): Promise<string | undefined> {
    const folder = volumesFolder(this.#context, this.#pod)
    for (const volume of this.#pod.spec.volumes ?? []) {
      const result = await volumeFiles(volume, this.#input())
      if ('problem' in result)
        return `MountVolume.SetUp failed for volume "${volume.name}" : ${result.problem}`
      const target = join(folder, volume.name)
      if (result.files === undefined) {
        if (volume.hostPath === undefined) mkdirSync(target, { recursive: true })
        continue
      }
      const digest = createHash('sha256')
      for (const file of result.files)
        digest.update(`${file.path}\0${file.mode}\0`).update(file.content).update('\0')
      const content = digest.digest('hex')
      if (this.#written.get(volume.name) === content) continue
      writeVolume(target, result.files)
      this.#written.set(volume.name, content)
    }
    return undefined
  }

  #input(): VolumeInput {
    const { metadata, spec } = this.#pod
    const namespace = metadata.namespace ?? ''
    return {
      pod: this.#context.latest(this.#pod) ?? this.#pod,
      references: this.#context.references(namespace),
      place: { podIP: this.#podIP, hostIP: this.#context.hostIP },
      node: this.#context.amounts,
      token: async ({ audience, expirationSeconds }) =>
        this.#context.serviceAccountToken?.({
          namespace,
          serviceAccount: spec.serviceAccountName ?? 'default',
          pod: metadata.name,
          ...(audience === undefined ? {} : { audience }),
          ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
        }),
    }
  }
}
