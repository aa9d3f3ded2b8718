// The keys of token issuers that RequestAuthentications name by URI: fetched, refreshed, and kept while an issuer does not answer.
import { parseJwks } from '../../compile/security/jwks.ts'
import { type KeySource, keySourceOf } from '../../compile/security/key-source.ts'
import { REQUEST_AUTHENTICATION } from '../../resources/kinds.ts'
import type { RequestAuthentication } from '../../resources/request-authentication.ts'
import { type FetchedKeys, kindKey, type Snapshot } from '../../resources/snapshot.ts'

export interface IssuerKeysOptions {
  readonly fetch: (uri: string, timeoutMs: number) => Promise<string>
  /** A snapshot made now would be another one. */
  readonly onChange?: () => void
  /** Ms; tests shorten them. */
  readonly refreshMs?: number
  readonly retryMs?: number
}

/** istiod's interval. */
const REFRESH_MS = 20 * 60_000
/** Doubled after each failure, to at most a minute. */
const RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000

interface Held {
  readonly source: KeySource
  known: FetchedKeys | undefined
  failures: number
  timer: NodeJS.Timeout | undefined
  pending: Promise<void> | undefined
}

export class IssuerKeys {
  readonly #options: IssuerKeysOptions
  readonly #held = new Map<string, Held>()
  #seen: unknown
  #answer: ReadonlyMap<string, FetchedKeys> = new Map()

  constructor(options: IssuerKeysOptions) {
    this.#options = options
  }

  /** What is known for these objects, in the form of a snapshot; what is new among them is fetched from now on. The same map while nothing changed. */
  read(objects: Snapshot['objects']): ReadonlyMap<string, FetchedKeys> {
    const all = objects.get(kindKey(REQUEST_AUTHENTICATION))
    if (all === this.#seen) return this.#answer
    this.#seen = all
    const sources = new Map<string, KeySource>()
    for (const { object } of all?.values() ?? []) {
      for (const source of sourcesOf(object as RequestAuthentication)) sources.set(source.uri, source)
    }
    for (const [uri, held] of this.#held) if (!sources.has(uri)) this.#drop(uri, held)
    for (const [uri, source] of sources) if (!this.#held.has(uri)) this.#take(uri, source)
    this.#publish()
    return this.#answer
  }

  /** Resolves once everything that is being fetched has come, or failed. */
  async settled(): Promise<void> {
    await Promise.all([...this.#held.values()].map((held) => held.pending))
  }

  close(): void {
    for (const [uri, held] of this.#held) this.#drop(uri, held)
  }

  #take(uri: string, source: KeySource): void {
    const held: Held = { source, known: undefined, failures: 0, timer: undefined, pending: undefined }
    this.#held.set(uri, held)
    this.#fetch(uri, held)
  }

  #drop(uri: string, held: Held): void {
    clearTimeout(held.timer)
    this.#held.delete(uri)
  }

  #fetch(uri: string, held: Held): void {
    held.pending = this.#keySet(held.source)
      .then(
        (text): FetchedKeys => ({ text }),
        (error: unknown): FetchedKeys => ({
          ...(held.known?.text === undefined ? {} : { text: held.known.text }),
          problem: error instanceof Error ? error.message : String(error),
        }),
      )
      .then((known) => this.#came(uri, held, known))
  }

  async #keySet({ uri, discovery, timeoutMs }: KeySource): Promise<string> {
    const { fetch } = this.#options
    const text = discovery
      ? await fetch(keyUriIn(await fetch(uri, timeoutMs)), timeoutMs)
      : await fetch(uri, timeoutMs)
    const keys = parseJwks(text)
    if (typeof keys === 'string') throw new Error(keys)
    return text
  }

  #came(uri: string, held: Held, known: FetchedKeys): void {
    held.pending = undefined
    if (this.#held.get(uri) !== held) return
    const { onChange, refreshMs = REFRESH_MS, retryMs = RETRY_MS } = this.#options
    held.failures = known.problem === undefined ? 0 : held.failures + 1
    const wait =
      held.failures === 0 ? refreshMs : Math.min(retryMs * 2 ** (held.failures - 1), LONGEST_RETRY_MS)
    held.timer = setTimeout(() => this.#fetch(uri, held), wait)
    held.timer.unref()
    if (held.known?.text === known.text && held.known?.problem === known.problem) return
    held.known = known
    this.#publish()
    onChange?.()
  }

  #publish(): void {
    this.#answer = new Map([...this.#held].flatMap(([uri, { known }]) => (known ? [[uri, known]] : [])))
  }
}

/** An object that no schema fits asks for nothing; compile tells of it. */
function sourcesOf({ spec }: RequestAuthentication): readonly KeySource[] {
  const rules: unknown = spec?.jwtRules
  if (!Array.isArray(rules)) return []
  return rules.flatMap((rule) => (typeof rule === 'object' && rule !== null ? (keySourceOf(rule) ?? []) : []))
}

/** OpenID Connect Discovery 1.0 section 3. */
function keyUriIn(document: string): string {
  let value: unknown
  try {
    value = (JSON.parse(document) as { readonly jwks_uri?: unknown } | null)?.jwks_uri
  } catch {
    throw new Error('the discovery document is no JSON')
  }
  if (typeof value !== 'string') throw new Error('the discovery document names no jwks_uri')
  return value
}
