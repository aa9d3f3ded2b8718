// Gives each domain the certificate that it should have, in all its secrets, and brings copies along.
import { type ApiClient, ApiError, type Informer } from '../apiserver/client.ts'
import { type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts'
import { keyOf } from '../resources/object.ts'
import type { ConfigMap, Secret } from '../resources/secret.ts'
import type { CertificateKeeper } from './certificate-keeper.ts'
import { type SecretPlace, writeCertificateSecret } from './certificate-secret.ts'
import { CopyKeeper } from './copy-keeper.ts'
import type { Domain } from './provider-contract.ts'
import { HISTORY_NAME, REGISTRATIONS_NAME, SYSTEM_NAMESPACE } from './stored-map.ts'

/** The number of the ALB's domain. */
export const ALB = 0
const CERT_STORE = 'ibm-cert-store'
const RETRY_MS = 2000
/** After a write that raced with another one: the informer brings the newer object in a moment. */
const RACE_MS = 50

export interface UpkeepInformers {
  readonly secrets: Informer<Secret>
  readonly configMaps: Informer<ConfigMap>
  readonly namespaces: Informer
}

export interface UpkeepOptions {
  readonly api: ApiClient
  readonly informers: UpkeepInformers
  readonly certificates: CertificateKeeper
  readonly refreshCopies?: boolean
  readonly report: (diagnostic: Diagnostic) => void
  readonly setStatus: (number: number, status: Domain['status'], message: string) => Promise<void>
  readonly now: () => number
}

export class DomainUpkeep {
  readonly certificates: CertificateKeeper
  readonly #options: UpkeepOptions
  readonly #copies: CopyKeeper
  readonly #reported = new Map<number, string>()

  constructor(options: UpkeepOptions) {
    const { api, now, report, refreshCopies: refresh = true } = options
    this.#options = options
    this.certificates = options.certificates
    this.#copies = new CopyKeeper({ api, now, report, refresh })
  }

  /** Whether a namespace exists and is not being deleted. */
  namespaceLives(name: string): boolean {
    const found = this.#options.informers.namespaces.cache.get(name)
    return found !== undefined && found.metadata.deletionTimestamp === undefined
  }

  /** Issues or renews the certificate of a domain where due and writes it where it is missing; returns when the domain is due again. Does not reject. */
  async certify(domain: Domain): Promise<number> {
    const { api, informers, now, setStatus } = this.#options
    const places = placesOf(domain)
    try {
      if (domain.number === ALB && !this.namespaceLives(CERT_STORE)) await this.#makeCertStore()
      else if (domain.number !== ALB && !this.namespaceLives(domain.secretNamespace))
        throw new Error(`the namespace ${domain.secretNamespace} does not exist`)
      const found = places.map((place) => informers.secrets.cache.get(keyOf(place)))
      const pair = await this.certificates.ensure(domain.secretName, domain.host, found)
      await Promise.all(places.map((place, index) => writeCertificateSecret(api, place, pair, found[index])))
      await setStatus(domain.number, 'created', '')
      this.#reported.delete(domain.number)
      return this.certificates.renewAt(domain.secretName)
    } catch (error) {
      const raced = error instanceof ApiError && ['Conflict', 'AlreadyExists'].includes(error.reason)
      if (!raced) await this.#failed(domain, error instanceof Error ? error.message : String(error))
      return now() + (raced ? RACE_MS : RETRY_MS)
    }
  }

  /** Brings all copies up to date; returns when to try again. Does not reject. */
  async refreshCopies(domains: readonly Domain[]): Promise<number> {
    const { informers, now, report } = this.#options
    const own = new Set([
      ...domains.flatMap((domain) => placesOf(domain).map((place) => `Secret ${keyOf(place)}`)),
      `ConfigMap ${SYSTEM_NAMESPACE}/${HISTORY_NAME}`,
      `ConfigMap ${SYSTEM_NAMESPACE}/${REGISTRATIONS_NAME}`,
    ])
    const objects = [...informers.secrets.cache.values(), ...informers.configMaps.cache.values()]
    try {
      const again = await this.#copies.pass(objects, own, this.certificates.catalogue)
      return again ? now() + RACE_MS : Number.POSITIVE_INFINITY
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      report(diagnostic('SP0901', {}, `copies could not be brought up to date: ${reason}`))
      return now() + RETRY_MS
    }
  }

  async #failed(domain: Domain, reason: string): Promise<void> {
    const { report, setStatus } = this.#options
    const { number, secretName: name, secretNamespace: namespace } = domain
    const status = this.certificates.notAfter(name) === undefined ? 'failed' : domain.status
    await setStatus(number, status, reason).catch(() => undefined)
    if (this.#reported.get(number) === reason) return
    this.#reported.set(number, reason)
    const message = `the certificate of ${domain.host} could not be put into Secret ${namespace}/${name}: ${reason}`
    report(diagnostic('SP0901', { object: { apiVersion: 'v1', kind: 'Secret', namespace, name } }, message))
  }

  async #makeCertStore(): Promise<void> {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: CERT_STORE } }
    await this.#options.api.create(namespace).catch((error) => {
      if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error
    })
  }
}

/** Where a domain's certificate is kept (iks.md 3). */
function placesOf(domain: Domain): readonly SecretPlace[] {
  const namespaces =
    domain.number === ALB ? ['default', CERT_STORE, SYSTEM_NAMESPACE] : [domain.secretNamespace]
  return namespaces.map((namespace) => ({ namespace, name: domain.secretName }))
}
