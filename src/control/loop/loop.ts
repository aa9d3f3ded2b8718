// The loop: objects -> snapshot -> compile -> engine -> status. The only owner of time, retries and the last good model.
import type { Compiler } from '../../compile/compile.ts'
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Engine } from '../../engines/engine.ts'
import type { Model } from '../../ir/proxy.ts'
import type { Lease, PemStore } from '../../pki/blob-store.ts'
import type { Platform, Snapshot } from '../../resources/snapshot.ts'
import type { StatusWriter } from '../../status/writer.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import type { MeshIdentityKeeper } from './mesh-identities.ts'
import type { PemIndexes } from './pem-indexes.ts'

export interface LoopOptions {
  readonly objects: () => Snapshot['objects']
  readonly compiler: Compiler
  readonly engine: Engine
  readonly blobs: PemStore
  readonly pem: PemIndexes
  readonly identities: MeshIdentityKeeper
  readonly issuerKeys: IssuerKeys
  readonly status: StatusWriter
  readonly platform: Platform
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Called after each update that is in force. */
  readonly onApplied: (state: LoopState) => void
  /** Called when a change could not be taken up; it is tried again. */
  readonly onFailed: (state: LoopState) => void
}

export interface LoopState {
  /** Of the last update in force. 0: none yet. */
  readonly version: number
  readonly model: Model
  /** What compile and the engine have to say of the objects now. */
  readonly diagnostics: readonly Diagnostic[]
  readonly snapshot: Snapshot | undefined
  /** Milliseconds that the last compile and the last apply took. */
  readonly took: { readonly compile: number; readonly apply: number }
}

export interface Loop {
  /** Something changed. Returns at once; all changes of one turn of the event loop are taken together. */
  poke(): void
  state(): LoopState
  /** Resolves when everything poked so far is in force. */
  settled(): Promise<void>
  close(): void
}

/** setTimeout takes at most 2^31-1 ms; longer waits are cut into pieces. */
const LONGEST_WAIT = 2 ** 31 - 1
const RETRY_MS = 1000

export function startLoop(options: LoopOptions): Loop {
  let state: LoopState = {
    version: 0,
    model: { proxies: [] },
    diagnostics: [],
    snapshot: undefined,
    took: { compile: 0, apply: 0 },
  }
  let version = 0
  let retired: Lease[] = []
  let refused: readonly Diagnostic[] = []
  /** Pokes so far, and how many of them are in force (or have failed). */
  let asked = 0
  let done = 0
  let waiting: { readonly upTo: number; readonly resolve: () => void }[] = []
  let running: Promise<void> | undefined
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const wakeAt = (time: number): void => {
    clearTimeout(timer)
    if (closed || time === Number.POSITIVE_INFINITY) return
    timer = setTimeout(poke, Math.min(Math.max(time - options.clock(), 0), LONGEST_WAIT))
    timer.unref()
  }

  const pass = async (): Promise<void> => {
    const time = options.clock()
    const objects = options.objects()
    const snapshot: Snapshot = {
      time,
      objects,
      pem: options.pem.read(objects),
      identities: options.identities.read(objects, time),
      issuerKeys: options.issuerKeys.read(objects),
      platform: options.platform,
    }
    retired.push(...options.pem.takeRetired(), ...options.identities.takeRetired())
    const begun = performance.now()
    const result = options.compiler.compile(snapshot)
    const compiled = performance.now()
    // A change that no proxy is made of (a pod's log line, a status of ours) is none for the engine.
    const unchanged = version > 0 && result.model === state.model
    if (!unchanged) version += 1
    const rejected = unchanged
      ? refused
      : (await options.engine.apply({ version, model: result.model, blobs: options.blobs })).rejected
    refused = rejected
    // Only now does nothing in force name what the retired leases hold.
    for (const lease of retired) lease.release()
    retired = []
    if (closed) return
    state = {
      version,
      model: result.model,
      diagnostics: [...result.diagnostics, ...rejected],
      snapshot,
      took: { compile: compiled - begun, apply: performance.now() - compiled },
    }
    options.status.write(result.status)
    wakeAt(Math.min(result.validUntil ?? Number.POSITIVE_INFINITY, options.identities.nextRenewal()))
    options.onApplied(state)
  }

  const run = async (): Promise<void> => {
    // One turn of the event loop, so that a burst of changes is one pass.
    await new Promise((resolve) => setImmediate(resolve))
    while (done < asked && !closed) {
      const upTo = asked
      try {
        await pass()
      } catch (error) {
        // A bug never takes traffic down: the last good model stays in force, and what is said of objects stays as it is.
        state = { ...state, diagnostics: [failure(error)] }
        options.onFailed(state)
        wakeAt(options.clock() + RETRY_MS)
      }
      taken(upTo)
    }
  }

  const taken = (upTo: number): void => {
    done = upTo
    const over = waiting.filter((one) => one.upTo <= upTo)
    waiting = waiting.filter((one) => one.upTo > upTo)
    for (const { resolve } of over) resolve()
  }

  const start = (): void => {
    if (closed || running || done >= asked) return
    running = run().finally(() => {
      running = undefined
      start()
    })
  }

  const poke = (): void => {
    asked += 1
    start()
  }

  return {
    poke,
    state: () => state,
    settled() {
      if (done >= asked || closed) return Promise.resolve()
      const upTo = asked
      return new Promise((resolve) => waiting.push({ upTo, resolve }))
    },
    close() {
      closed = true
      clearTimeout(timer)
      taken(asked)
    },
  }
}

function failure(error: unknown): Diagnostic {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return diagnostic('SP0804', {}, `sallyport has failed to take up a change: ${text}`, {
    advice: 'The last good model stays in force. Undo the last change, and report this as a bug.',
  })
}
