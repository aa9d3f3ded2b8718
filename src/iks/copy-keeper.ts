// Brings the copies that users made up to date with a renewal, or says that they are stale.
import type { ApiClient } from '../apiserver/client.ts'
import { ApiError } from '../apiserver/client.ts'
import { type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts'
import { type KubeObject, keyOf, refOf } from '../resources/object.ts'
import type { ConfigMap, Secret } from '../resources/secret.ts'
import { recordEvent } from './copy-event.ts'
import { type Catalogue, type StaleCopy, staleCopy } from './stale-copies.ts'

type Holder = Secret | ConfigMap

export interface CopyKeeperOptions {
  readonly api: ApiClient
  readonly refresh: boolean
  readonly report: (diagnostic: Diagnostic) => void
  readonly now: () => number
}

/** Remembers which objects hold nothing stale under which catalogue, so that a pass costs what changed. */
export class CopyKeeper {
  readonly #options: CopyKeeperOptions
  readonly #clean = new WeakMap<KubeObject, Catalogue>()

  constructor(options: CopyKeeperOptions) {
    this.#options = options
  }

  /** Looks at all objects; those in `own` (keys `Kind namespace/name`) are the provider's. True when one was changed meanwhile and has to be looked at again. */
  async pass(objects: Iterable<Holder>, own: ReadonlySet<string>, catalogue: Catalogue): Promise<boolean> {
    let again = false
    for (const object of objects) {
      if (this.#clean.get(object) === catalogue || own.has(`${object.kind} ${keyOf(object.metadata)}`))
        continue
      const copy =
        object.metadata.deletionTimestamp === undefined ? staleCopy(texts(object), catalogue) : undefined
      if (copy !== undefined && (await this.#treat(object, copy)) === 'conflict') again = true
      else this.#clean.set(object, catalogue)
    }
    return again
  }

  async #treat(object: Holder, copy: StaleCopy): Promise<'done' | 'conflict'> {
    const { api, refresh } = this.#options
    if (!refresh || copy.blocked !== undefined) {
      await this.#tell(object, copy, copy.blocked)
      return 'done'
    }
    try {
      // One write for the whole object: a certificate and its key change together.
      const written = await api.update<Holder>(updated(object, copy))
      const what = [...new Set(copy.stale.map(({ known }) => known.what))].join(', ')
      const keys = [...copy.values.keys()].join(', ')
      await recordEvent(this.#options, written, {
        type: 'Normal',
        reason: 'CertificateCopyRefreshed',
        message: `Brought ${keys} up to date: the provider has renewed ${what}.`,
      })
      return 'done'
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.reason === 'Conflict') return 'conflict'
      if (error.reason !== 'NotFound') await this.#tell(object, copy, error.message)
      return 'done'
    }
  }

  async #tell(object: Holder, copy: StaleCopy, because: string | undefined): Promise<void> {
    const keys = [...copy.values.keys()].join(', ')
    const what = [...new Set(copy.stale.map(({ known }) => known.what))].join(', ')
    const ends = copy.stale.flatMap(({ known }) => (known.notAfter === undefined ? [] : [known.notAfter]))
    const until =
      ends.length === 0 ? '' : `; it stops working at ${new Date(Math.min(...ends)).toISOString()}`
    const reason = because === undefined ? '' : ` It was not brought up to date: ${because}.`
    const message = `${keys} holds an older version of ${what}, which the provider has renewed${until}.${reason}`
    this.#options.report(diagnostic('SP0903', { object: refOf(object), field: 'data' }, message))
    await recordEvent(this.#options, object, { type: 'Warning', reason: 'CertificateCopyStale', message })
  }
}

function* texts(object: Holder): Generator<readonly [string, string]> {
  const decode = (value: string) => Buffer.from(value, 'base64').toString('latin1')
  if (object.kind === 'Secret') {
    for (const [key, value] of Object.entries(object.data ?? {})) yield [key, decode(value)]
    return
  }
  for (const entry of Object.entries(object.data ?? {})) yield entry
  for (const [key, value] of Object.entries((object as ConfigMap).binaryData ?? {}))
    yield [key, decode(value)]
}

function updated(object: Holder, copy: StaleCopy): Holder {
  const encode = (value: string) => Buffer.from(value, 'latin1').toString('base64')
  const replaced = (
    values: Readonly<Record<string, string>> | undefined,
    write: (value: string) => string,
  ): Record<string, string> =>
    Object.fromEntries(
      Object.entries(values ?? {}).map(([key, value]) => {
        const text = copy.values.get(key)
        return [key, text === undefined ? value : write(text)]
      }),
    )
  if (object.kind === 'Secret') return { ...object, data: replaced(object.data, encode) }
  const { data, binaryData } = object as ConfigMap
  return {
    ...object,
    ...(data === undefined ? {} : { data: replaced(data, (text) => text) }),
    ...(binaryData === undefined ? {} : { binaryData: replaced(binaryData, encode) }),
  }
}
