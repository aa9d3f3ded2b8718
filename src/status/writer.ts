// Takes what compile says of objects and writes it back: conditions, load balancer addresses, events. Writes nothing when nothing changed.
import type { ApiClient } from '../apiserver/client.ts'
import { ApiError } from '../apiserver/client.ts'
import { type KindRef, type KubeObject, parseApiVersion } from '../resources/object.ts'
import { mergeConditions, type StoredCondition, type WantedCondition } from './conditions.ts'
import { createEventRecorder, type WantedEvent } from './event-recorder.ts'

/** What to write to one object; the shape of compile's StatusUpdate. */
export interface WantedStatus {
  readonly object: {
    readonly apiVersion: string
    readonly kind: string
    readonly namespace?: string
    readonly name: string
  }
  readonly conditions?: readonly WantedCondition[]
  readonly loadBalancer?: readonly string[]
  readonly events?: readonly WantedEvent[]
}

export interface StatusWriter {
  /** All that is to be said now; replaces what was said before. Returns at once, the writes follow in the background. */
  write(updates: readonly WantedStatus[]): void
  /** Resolves when everything said so far is written. */
  settled(): Promise<void>
  close(): void
}

interface Statused extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly StoredCondition[]
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] }
  }
}

const RETRY_MS = 1000

/** `report` takes the text of a write that failed for another reason than a race; it is tried again. */
export async function createStatusWriter(
  api: ApiClient,
  options: {
    readonly clock: () => Date
    readonly random: () => string
    readonly report: (problem: string) => void
  },
): Promise<StatusWriter> {
  const recorder = await createEventRecorder(api, options.clock, options.random)
  /** The last said of each object, and what of it has been written. */
  let wanted = new Map<string, WantedStatus>()
  const written = new Map<string, { readonly text: string; readonly uid: string }>()
  let running: Promise<void> | undefined
  let again = false
  let closed = false
  let retry: NodeJS.Timeout | undefined

  const kindOf = (ref: WantedStatus['object']): KindRef | undefined => {
    const { group } = parseApiVersion(ref.apiVersion)
    return api.kinds().find((kind) => kind.group === group && kind.kind === ref.kind)
  }

  const writeOne = async (key: string, want: WantedStatus): Promise<void> => {
    const kind = kindOf(want.object)
    const object = kind && (await api.get<Statused>(kind, want.object.name, want.object.namespace))
    if (!kind || !object) {
      forget(key)
      return
    }
    const text = `${object.metadata.uid} ${object.metadata.generation} ${JSON.stringify(want)}`
    if (written.get(key)?.text === text) return
    const status = patchOf(
      object,
      want,
      options
        .clock()
        .toISOString()
        .replace(/\.\d+Z$/, 'Z'),
    )
    if (status) await api.patch(kind, want.object.name, want.object.namespace, { status }, 'status')
    await recorder.record(object, want.events ?? [])
    written.set(key, { text, uid: object.metadata.uid ?? '' })
  }

  const forget = (key: string): void => {
    const before = written.get(key)
    if (!before) return
    recorder.forget(before.uid)
    written.delete(key)
  }

  const run = async (): Promise<void> => {
    do {
      again = false
      for (const [key, want] of wanted) {
        if (closed) return
        try {
          await writeOne(key, want)
        } catch (error) {
          if (error instanceof ApiError && error.code === 404) continue
          if (closed) return
          options.report(
            `status of ${key} could not be written: ${error instanceof Error ? error.message : error}`,
          )
          retry ??= setTimeout(() => {
            retry = undefined
            start()
          }, RETRY_MS)
        }
      }
      for (const [key, { uid }] of written) {
        if (wanted.has(key)) continue
        recorder.lapse(uid)
        written.delete(key)
      }
    } while (again)
  }

  const start = (): void => {
    if (closed) return
    if (running) {
      again = true
      return
    }
    running = run().finally(() => {
      running = undefined
    })
  }

  return {
    write(updates) {
      wanted = new Map(updates.map((update) => [nameOf(update.object), update]))
      start()
    },
    async settled() {
      while (running) await running
    },
    close() {
      closed = true
      clearTimeout(retry)
    },
  }
}

const nameOf = (ref: WantedStatus['object']): string =>
  `${ref.kind}.${parseApiVersion(ref.apiVersion).group} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`

/** The part of `.status` that has to change, or undefined. */
function patchOf(
  object: Statused,
  want: WantedStatus,
  now: string,
): Readonly<Record<string, unknown>> | undefined {
  const patch: Record<string, unknown> = {}
  if (want.conditions) {
    const merged = mergeConditions(
      object.status?.conditions ?? [],
      want.conditions,
      object.metadata.generation,
      now,
    )
    if (merged) patch['conditions'] = merged
  }
  if (want.loadBalancer) {
    const stored = (object.status?.loadBalancer?.ingress ?? []).map((entry) => entry.ip)
    const same =
      stored.length === want.loadBalancer.length && want.loadBalancer.every((ip, i) => stored[i] === ip)
    if (!same) patch['loadBalancer'] = { ingress: want.loadBalancer.map((ip) => ({ ip })) }
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}
