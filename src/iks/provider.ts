// The provider: what IKS does for a cluster. Keeps domains, their names, their certificates and the copies of these as they should be.
import { isIPv4 } from 'node:net'
import { type ApiClient, ApiError, type Informer } from '../apiserver/client.ts'
import { diagnostic } from '../diagnostics/diagnostic.ts'
import { CONFIG_MAP, NAMESPACE, SECRET, SERVICE } from '../resources/kinds.ts'
import { type KubeObject, keyOf } from '../resources/object.ts'
import type { ConfigMap, Secret } from '../resources/secret.ts'
import type { Service } from '../resources/service.ts'
import { CertificateKeeper } from './certificate-keeper.ts'
import { removeCertificateSecret, type SecretPlace, writeCertificateSecret } from './certificate-secret.ts'
import { CopyKeeper } from './copy-keeper.ts'
import { publishDomain } from './domain-zone.ts'
import { albId, domainLabel, domainOf } from './identity.ts'
import { type IssuerSite, startIssuerSite } from './issuer-site.ts'
import type { Domain, Provider, ProviderOptions, Refusal } from './provider-contract.ts'
import {
  decodeRegistrations,
  encodeRegistrations,
  type Registration,
  type Registrations,
  withRegistration,
} from './registrations.ts'
import { HISTORY_NAME, loadMap, REGISTRATIONS_NAME, SYSTEM_NAMESPACE, saveMap } from './stored-map.ts'
import { WorkLoop } from './work-loop.ts'

const CERT_STORE = 'ibm-cert-store'
const ALB = 0
const REGISTRATION_DELAY_MS = 1000
const RETRY_MS = 2000
/** iks.md 3: subdomains of one cluster. */
const MOST_REGISTRATIONS = 128

interface Informers {
  readonly secrets: Informer<Secret>
  readonly configMaps: Informer<ConfigMap>
  readonly namespaces: Informer
  readonly services: Informer<Service>
}

/** Starts the provider; resolves when the ALB's domain has its certificate in its secrets. */
export async function startProvider(options: ProviderOptions): Promise<Provider> {
  const { api: client, zones, locate, siteAddress, issuer, dnsAddress: server } = options
  const now = options.now ?? Date.now
  const api = client.as('ibm-ingress-certificates')
  const [registrations, certificates, secrets, configMaps, namespaces, services, site] = await Promise.all([
    loadMap(api, REGISTRATIONS_NAME).then(decodeRegistrations),
    CertificateKeeper.open({
      api,
      issuer,
      now,
      ...(options.renewBeforeMs === undefined ? {} : { renewBeforeMs: options.renewBeforeMs }),
    }),
    api.informer<Secret>(SECRET),
    api.informer<ConfigMap>(CONFIG_MAP),
    api.informer(NAMESPACE),
    api.informer<Service>(SERVICE, { namespace: SYSTEM_NAMESPACE }),
    startIssuerSite({ issuer, zones, locate, address: siteAddress, server, now }),
  ])
  const informers = { secrets, configMaps, namespaces, services }
  const provider = new RunningProvider(
    { ...options, api, now },
    { registrations, certificates, informers, site },
  )
  await provider.start()
  return provider
}

class RunningProvider implements Provider {
  readonly identity
  readonly facts
  readonly api: ApiClient
  readonly #options: ProviderOptions & { readonly now: () => number }
  readonly #certificates: CertificateKeeper
  readonly #copies: CopyKeeper
  readonly #informers: Informers
  readonly #site: IssuerSite
  readonly #loop: WorkLoop
  #registrations: Registrations
  #alb: Pick<Registration, 'status' | 'message'> = { status: 'pending', message: '' }
  #listeners: readonly (() => void)[] = []
  #told = ''
  readonly #reported = new Map<number, string>()

  constructor(
    options: ProviderOptions & { readonly now: () => number },
    parts: {
      readonly registrations: Registrations
      readonly certificates: CertificateKeeper
      readonly informers: Informers
      readonly site: IssuerSite
    },
  ) {
    const { api, now, report } = options
    this.identity = options.identity
    this.facts = options.facts
    this.api = api
    this.#options = options
    this.#registrations = parts.registrations
    this.#certificates = parts.certificates
    this.#informers = parts.informers
    this.#site = parts.site
    this.#copies = new CopyKeeper({ api, now, report, refresh: options.refreshCopies ?? true })
    this.#loop = new WorkLoop(() => this.#pass(), now)
  }

  async start(): Promise<void> {
    for (const [name, keys] of [
      [REGISTRATIONS_NAME, [...this.#registrations.unreadable.keys()]],
      [HISTORY_NAME, this.#certificates.unreadable],
    ] as const)
      for (const key of keys) {
        const object = { apiVersion: 'v1', kind: 'ConfigMap', namespace: SYSTEM_NAMESPACE, name }
        const message = `the entry ${key} of ConfigMap ${SYSTEM_NAMESPACE}/${name} is not what the provider wrote`
        this.#options.report(diagnostic('SP0902', { object, field: `data.${key}` }, message))
      }
    await this.#loop.trigger()
    for (const informer of Object.values(this.#informers) as readonly Informer<KubeObject>[])
      informer.on(() => void this.#loop.trigger())
  }

  async close(): Promise<void> {
    for (const informer of Object.values(this.#informers)) informer.close()
    await this.#loop.close()
    await this.#site.close()
  }

  domains(): readonly Domain[] {
    const alb = { ...this.#alb, ips: this.#albIps(), secretNamespace: 'default' }
    return [
      this.#domain(ALB, alb),
      ...[...this.#registrations.byNumber].map(([n, one]) => this.#domain(n, one)),
    ]
  }

  onChange(listener: () => void): () => void {
    this.#listeners = [...this.#listeners, listener]
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener)
    }
  }

  register(ips: readonly string[], secretNamespace: string): Promise<Domain | Refusal> {
    return this.#loop.run(async () => {
      const bad = ips.find((ip) => !isIPv4(ip))
      if (ips.length === 0) return { refused: 'You must specify at least one NLB IP address.' }
      if (bad !== undefined)
        return { refused: `The IP address '${bad}' is not valid. Specify an IPv4 address.` }
      if (this.#registrations.byNumber.size >= MOST_REGISTRATIONS)
        return {
          refused: `The cluster has ${MOST_REGISTRATIONS} NLB subdomains already, which is the limit.`,
        }
      if (!this.#namespaceLives(secretNamespace) && !(await this.api.get(NAMESPACE, secretNamespace)))
        return {
          refused: `The namespace '${secretNamespace}' for the secret does not exist. Create it, or specify another one in the '--secret-namespace' flag.`,
        }
      const number = this.#registrations.next
      const registration: Registration = {
        ips: [...new Set(ips)],
        secretNamespace,
        created: this.#options.now(),
        status: 'pending',
        message: '',
      }
      await this.#store(withRegistration(this.#registrations, number, registration))
      return this.#domain(number, registration)
    })
  }

  addIps(host: string, ips: readonly string[]): Promise<Domain | Refusal> {
    const bad = ips.find((ip) => !isIPv4(ip))
    if (bad !== undefined)
      return Promise.resolve({ refused: `The IP address '${bad}' is not valid. Specify an IPv4 address.` })
    return this.#change(host, (found) => ({ ...found, ips: [...new Set([...found.ips, ...ips])] }))
  }

  removeIp(host: string, ip: string): Promise<Domain | Refusal> {
    return this.#change(host, (found) => {
      if (!found.ips.includes(ip)) return { refused: `The IP address ${ip} is not registered with ${host}.` }
      const ips = found.ips.filter((other) => other !== ip)
      return ips.length === 0 ? undefined : { ...found, ips }
    })
  }

  regenerate(host: string): Promise<Domain | Refusal> {
    return this.#loop.run(async () => {
      const domain = this.domains().find((one) => one.host === host)
      if (domain === undefined) return { refused: noSuchHost(host) }
      this.#certificates.askFor(domainLabel(this.identity, domain.number))
      await this.#setStatus(domain.number, 'regenerating', '')
      this.#tell()
      void this.#loop.trigger()
      return { ...domain, status: 'regenerating' }
    })
  }

  #change(
    host: string,
    change: (found: Registration) => Registration | Refusal | undefined,
  ): Promise<Domain | Refusal> {
    return this.#loop.run(async () => {
      const [number, found] =
        [...this.#registrations.byNumber].find(([n]) => domainOf(this.identity, n) === host) ?? []
      if (number === undefined || found === undefined) return { refused: noSuchHost(host) }
      const next = change(found)
      if (next !== undefined && 'refused' in next) return next
      await this.#store(withRegistration(this.#registrations, number, next))
      if (next !== undefined) return this.#domain(number, next)
      const label = domainLabel(this.identity, number)
      await removeCertificateSecret(this.api, { namespace: found.secretNamespace, name: label })
      await this.#certificates.forget(label)
      this.#options.zones.remove(host)
      return { ...this.#domain(number, found), ips: [] }
    })
  }

  async #store(registrations: Registrations): Promise<void> {
    await saveMap(this.api, REGISTRATIONS_NAME, encodeRegistrations(registrations))
    this.#registrations = registrations
    this.#tell()
    void this.#loop.trigger()
  }

  #domain(number: number, one: Omit<Registration, 'created'>): Domain {
    const label = domainLabel(this.identity, number)
    const notAfter = this.#certificates.notAfter(label)
    const { ips, secretNamespace, status, message } = one
    const host = domainOf(this.identity, number)
    const base = { number, host, ips, secretName: label, secretNamespace, status, message }
    return notAfter === undefined ? base : { ...base, notAfter }
  }

  #albIps(): readonly string[] {
    const prefix = albId(this.identity).replace(/\d+$/, '')
    return [...this.#informers.services.cache.values()]
      .filter(({ metadata }) => metadata.name.startsWith(prefix))
      .flatMap(({ status }) => status?.loadBalancer?.ingress ?? [])
      .flatMap(({ ip }) => (ip === undefined ? [] : [ip]))
      .sort()
  }

  #places(domain: Domain): readonly SecretPlace[] {
    const namespaces =
      domain.number === ALB ? ['default', CERT_STORE, SYSTEM_NAMESPACE] : [domain.secretNamespace]
    return namespaces.map((namespace) => ({ namespace, name: domain.secretName }))
  }

  #namespaceLives(name: string): boolean {
    const found = this.#informers.namespaces.cache.get(name)
    return found !== undefined && found.metadata.deletionTimestamp === undefined
  }

  /** Brings everything to where it should be; returns when to look again. Does not reject. */
  async #pass(): Promise<number> {
    const { zones, now, dnsAddress } = this.#options
    let wake = Number.POSITIVE_INFINITY
    for (const domain of this.domains()) {
      publishDomain(zones, domain.host, domain.ips, dnsAddress)
      const due = (this.#registrations.byNumber.get(domain.number)?.created ?? 0) + this.#delay()
      const waits = domain.status === 'pending' && now() < due
      wake = Math.min(wake, waits ? due : await this.#certify(domain))
    }
    if (await this.#refreshCopies()) wake = Math.min(wake, now() + RETRY_MS)
    this.#tell()
    return wake
  }

  #delay(): number {
    return this.#options.registrationDelayMs ?? REGISTRATION_DELAY_MS
  }

  /** Gives a domain the certificate it should have, in all its secrets; returns when it is due again. */
  async #certify(domain: Domain): Promise<number> {
    const { secrets } = this.#informers
    const places = this.#places(domain)
    try {
      if (domain.number === ALB && !this.#namespaceLives(CERT_STORE)) await this.#makeCertStore()
      else if (domain.number !== ALB && !this.#namespaceLives(domain.secretNamespace))
        throw new Error(`the namespace ${domain.secretNamespace} does not exist`)
      const found = places.map((place) => secrets.cache.get(keyOf(place)))
      const pair = await this.#certificates.ensure(domain.secretName, domain.host, found)
      for (const [index, place] of places.entries())
        await writeCertificateSecret(this.api, place, pair, found[index])
      await this.#setStatus(domain.number, 'created', '')
      this.#reported.delete(domain.number)
      return this.#certificates.renewAt(domain.secretName)
    } catch (error) {
      // A write that raced with another one: the informer brings the newer object in a moment.
      const raced = error instanceof ApiError && ['Conflict', 'AlreadyExists'].includes(error.reason)
      if (!raced) await this.#failed(domain, error instanceof Error ? error.message : String(error))
      return this.#options.now() + (raced ? 50 : RETRY_MS)
    }
  }

  async #failed(domain: Domain, reason: string): Promise<void> {
    const status = this.#certificates.notAfter(domain.secretName) === undefined ? 'failed' : domain.status
    await this.#setStatus(domain.number, status, reason).catch(() => undefined)
    if (this.#reported.get(domain.number) === reason) return
    this.#reported.set(domain.number, reason)
    const secret = `${domain.secretNamespace}/${domain.secretName}`
    const object = {
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: domain.secretNamespace,
      name: domain.secretName,
    }
    const message = `the certificate of ${domain.host} could not be put into Secret ${secret}: ${reason}`
    this.#options.report(diagnostic('SP0901', { object }, message))
  }

  async #makeCertStore(): Promise<void> {
    await this.api
      .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: CERT_STORE } })
      .catch((error) => {
        if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error
      })
  }

  async #setStatus(number: number, status: Domain['status'], message: string): Promise<void> {
    if (number === ALB) {
      this.#alb = { status, message }
      return
    }
    const found = this.#registrations.byNumber.get(number)
    if (found === undefined || (found.status === status && found.message === message)) return
    const next = withRegistration(this.#registrations, number, { ...found, status, message })
    await saveMap(this.api, REGISTRATIONS_NAME, encodeRegistrations(next))
    this.#registrations = next
  }

  async #refreshCopies(): Promise<boolean> {
    const { secrets, configMaps } = this.#informers
    const own = new Set([
      ...this.domains().flatMap((domain) => this.#places(domain).map((place) => `Secret ${keyOf(place)}`)),
      `ConfigMap ${SYSTEM_NAMESPACE}/${HISTORY_NAME}`,
      `ConfigMap ${SYSTEM_NAMESPACE}/${REGISTRATIONS_NAME}`,
    ])
    try {
      const objects = [...secrets.cache.values(), ...configMaps.cache.values()]
      return await this.#copies.pass(objects, own, this.#certificates.catalogue)
    } catch (error) {
      const message = `copies could not be brought up to date: ${error instanceof Error ? error.message : String(error)}`
      this.#options.report(diagnostic('SP0901', {}, message))
      return true
    }
  }

  #tell(): void {
    const state = JSON.stringify(this.domains())
    if (state === this.#told) return
    this.#told = state
    for (const listener of this.#listeners) listener()
  }
}

const noSuchHost = (host: string): string => `The NLB host name '${host}' is not registered for this cluster.`
