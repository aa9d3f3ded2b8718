// Issues and renews the certificates of the provider's domains, and remembers what it has issued.
import type { ApiClient } from '../apiserver/client.ts'
import type { CertificateFacts } from '../pki/certificate-facts.ts'
import { firstCertificate } from '../pki/inspect.ts'
import type { Issuer } from '../pki/issuer.ts'
import type { Secret } from '../resources/secret.ts'
import { catalogueOf } from './catalogue.ts'
import { type CertificatePair, pairOfSecret, readPair } from './certificate-pair.ts'
import {
  decodeHistory,
  encodeHistory,
  type Generation,
  type History,
  withGeneration,
  withIssuer,
  withoutDomain,
} from './history.ts'
import type { Catalogue } from './stale-copies.ts'
import { HISTORY_NAME, loadMap, saveMap } from './stored-map.ts'

/** The provider renews 37 days before the end of 90 (iks.md 3); another lifetime keeps the proportion. */
const RENEW_BEFORE_SHARE = 37 / 90
/** Whatever was asked for, a certificate is used for a tenth of its life. */
const LARGEST_SHARE = 0.9
/** A clock that was put back by this much is no reason to issue anew. */
const CLOCK_TOLERANCE_MS = 60_000

export interface CertificateKeeperOptions {
  readonly api: ApiClient
  readonly issuer: Issuer
  /** Before expiry; 37/90 of the lifetime when absent. */
  readonly renewBeforeMs?: number
  readonly now: () => number
}

export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions
  readonly #root: CertificateFacts
  readonly #asked = new Set<string>()
  #history: History
  #pairs: ReadonlyMap<string, CertificatePair> = new Map()
  #catalogue: Catalogue | undefined

  /** Reads back what was issued before. */
  static async open(options: CertificateKeeperOptions): Promise<CertificateKeeper> {
    return new CertificateKeeper(options, decodeHistory(await loadMap(options.api, HISTORY_NAME)))
  }

  private constructor(options: CertificateKeeperOptions, history: History) {
    this.#options = options
    this.#root = onlyCertificate(options.issuer.root)
    this.#history = this.#withIssuer(history)
  }

  /** Keys of the record that could not be read. */
  get unreadable(): readonly string[] {
    return [...this.#history.unreadable.keys()]
  }

  /** What copies are recognised by; the same object while nothing was issued. */
  get catalogue(): Catalogue {
    const { issuer } = this.#options
    this.#catalogue ??= catalogueOf(this.#history, this.#pairs, {
      root: issuer.root,
      intermediate: issuer.intermediate(),
    })
    return this.#catalogue
  }

  /** Makes the next `ensure` of this domain issue a new certificate. */
  askFor(label: string): void {
    this.#asked.add(label)
  }

  /** When the certificate in force ends, in milliseconds since the epoch. */
  notAfter(label: string): number | undefined {
    return this.#pairs.get(label)?.leaf.notAfter
  }

  /** When the certificate in force is to be renewed. */
  renewAt(label: string): number {
    const generation = this.#history.domains.get(label)?.at(-1)
    if (generation === undefined) return 0
    const { issued, notAfter } = generation
    const life = notAfter - issued
    const before = Math.min(this.#options.renewBeforeMs ?? life * RENEW_BEFORE_SHARE, life * LARGEST_SHARE)
    return notAfter - before
  }

  /** The certificate that is to be in force for a domain: the one that is, found in one of its `secrets`, or a new one when that is missing or due. */
  async ensure(
    label: string,
    host: string,
    secrets: readonly (Secret | undefined)[],
  ): Promise<CertificatePair> {
    const generation = this.#history.domains.get(label)?.at(-1)
    const known = this.#pairs.get(label) ?? secrets.map(pairOfSecret).find((pair) => isOf(pair, generation))
    const due =
      this.#asked.has(label) ||
      this.#options.now() >= this.renewAt(label) ||
      generation?.root !== this.#root.fingerprint
    if (known !== undefined && !due && this.#isAsConfigured(known)) {
      if (this.#pairs.get(label) !== known) this.#hold(label, known)
      return known
    }
    return this.#issue(label, host)
  }

  /** Forgets a domain that was removed. */
  async forget(label: string): Promise<void> {
    const pairs = new Map(this.#pairs)
    pairs.delete(label)
    this.#pairs = pairs
    this.#asked.delete(label)
    await this.#remember(withoutDomain(this.#history, label))
  }

  /** False for one from before the issuer was told to issue shorter ones or others. */
  #isAsConfigured({ leaf }: CertificatePair): boolean {
    const { issuer, now } = this.#options
    const longest = now() + issuer.lifetimeMs + CLOCK_TOLERANCE_MS
    return leaf.notAfter <= longest && String(leaf.extendedKeyUsage ?? []) === String(issuer.purposes)
  }

  async #issue(label: string, host: string): Promise<CertificatePair> {
    const issued = this.#options.now()
    const made = await this.#options.issuer.issue([host, `*.${host}`])
    const pair = readPair(made.chain, made.key)
    if (pair === undefined)
      throw new Error(`the issuer's answer for ${host} is not a certificate with its key`)
    const { fingerprint, spki, notAfter } = pair.leaf
    // Remembered before it is given out: whatever happens then, copies of it will be recognised.
    await this.#remember(
      withGeneration(this.#history, label, {
        fingerprint,
        spki,
        root: this.#root.fingerprint,
        issued,
        notAfter,
      }),
    )
    this.#asked.delete(label)
    this.#hold(label, pair)
    return pair
  }

  #hold(label: string, pair: CertificatePair): void {
    this.#pairs = new Map(this.#pairs).set(label, pair)
    this.#catalogue = undefined
  }

  async #remember(history: History): Promise<void> {
    const next = this.#withIssuer(history)
    await saveMap(this.#options.api, HISTORY_NAME, encodeHistory(next))
    this.#history = next
    this.#catalogue = undefined
  }

  #withIssuer(history: History): History {
    return withIssuer(history, this.#root, onlyCertificate(this.#options.issuer.intermediate()))
  }
}

function isOf(pair: CertificatePair | undefined, generation: Generation | undefined): boolean {
  return pair !== undefined && pair.leaf.fingerprint === generation?.fingerprint
}

function onlyCertificate(pem: string): CertificateFacts {
  const certificate = firstCertificate(pem)
  if (certificate === undefined) throw new Error('the issuer has no certificate')
  return certificate
}
