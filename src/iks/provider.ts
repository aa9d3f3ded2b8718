// The provider: what IKS does for a cluster. Keeps domains, their names, their certificates and the copies of these as they should be.
import { isIPv4 } from 'node:net'
import type { ApiClient, Informer } from '../apiserver/client.ts'
import { diagnostic } from '../diagnostics/diagnostic.ts'
import { CONFIG_MAP, NAMESPACE, SECRET, SERVICE } from '../resources/kinds.ts'
import type { KubeObject } from '../resources/object.ts'
import type { ConfigMap, Secret } from '../resources/secret.ts'
import type { Service } from '../resources/service.ts'
import { CertificateKeeper } from './certificate-keeper.ts'
import { removeCertificateSecret } from './certificate-secret.ts'
import { ALB, DomainUpkeep, type UpkeepInformers } from './domain-upkeep.ts'
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

const REGISTRATION_DELAY_MS = 1000
/** iks.md 3: subdomains of one cluster. */
const MOST_REGISTRATIONS = 128

interface Informers extends UpkeepInformers {
  readonly services: Informer<Service>
}

/** Starts the provider; resolves when the ALB's domain has its certificate in its secrets. */
export async function startProvider(options: ProviderOptions): Promise<Provider> {
  const { zones, locate, siteAddress, issuer, dnsAddress: server, renewBeforeMs } = options
  const now = options.now ?? Date.now
  const api = options.api.as('ibm-ingress-certificates')
  const site = await startIssuerSite({ issuer, zones, locate, address: siteAddress, server, now })
  const closers: (() => unknown)[] = [() => site.close()]
  const following = async <T extends KubeObject>(starting: Promise<Informer<T>>): Promise<Informer<T>> => {
    const informer = await starting
    closers.push(() => informer.close())
    return informer
  }
  try {
    const [registrations, certificates, secrets, configMaps, namespaces, services] = await Promise.all([
      loadMap(api, REGISTRATIONS_NAME).then(decodeRegistrations),
      CertificateKeeper.open({ api, issuer, now, ...(renewBeforeMs === undefined ? {} : { renewBeforeMs }) }),
      following(api.informer<Secret>(SECRET)),
      following(api.informer<ConfigMap>(CONFIG_MAP)),
      following(api.informer(NAMESPACE)),
      following(api.informer<Service>(SERVICE, { namespace: SYSTEM_NAMESPACE })),
    ])
    const informers = { secrets, configMaps, namespaces, services }
    const provider = new RunningProvider(
      { ...options, api, now },
      { registrations, certificates, informers, site },
    )
    await provider.start()
    return provider
  } catch (error) {
    for (const close of closers) await close()
    throw error
  }
}

class RunningProvider implements Provider {
  readonly identity
  readonly facts
  readonly api: ApiClient
  readonly #options: ProviderOptions & { readonly now: () => number }
  readonly #upkeep: DomainUpkeep
  readonly #informers: Informers
  readonly #site: IssuerSite
  readonly #loop: WorkLoop
  #registrations: Registrations
  #alb: Pick<Registration, 'status' | 'message'> = { status: 'pending', message: '' }
  #listeners: readonly (() => void)[] = []
  #told = ''

  constructor(
    options: ProviderOptions & { readonly now: () => number },
    parts: {
      readonly registrations: Registrations
      readonly certificates: CertificateKeeper
      readonly informers: Informers
      readonly site: IssuerSite
    },
  ) {
    this.identity = options.identity
    this.facts = options.facts
    this.api = options.api
    this.#options = options
    this.#registrations = parts.registrations
    this.#informers = parts.informers
    this.#site = parts.site
    this.#upkeep = new DomainUpkeep({
      ...options,
      informers: parts.informers,
      certificates: parts.certificates,
      setStatus: (number, status, message) => this.#setStatus(number, status, message),
    })
    this.#loop = new WorkLoop(() => this.#pass(), options.now)
  }

  async start(): Promise<void> {
    for (const [name, keys] of [
      [REGISTRATIONS_NAME, [...this.#registrations.unreadable.keys()]],
      [HISTORY_NAME, this.#upkeep.certificates.unreadable],
    ] as const)
      for (const key of keys) {
        const object = { apiVersion: 'v1', kind: 'ConfigMap', namespace: SYSTEM_NAMESPACE, name }
        const message = `the entry ${key} of ConfigMap ${SYSTEM_NAMESPACE}/${name} is not what the provider wrote`
        this.#options.report(diagnostic('SP0902', { object, field: `data.${key}` }, message))
      }
    // Before the first pass: what changes while it runs needs another one.
    for (const informer of Object.values(this.#informers) as readonly Informer<KubeObject>[])
      informer.on(() => void this.#loop.trigger())
    await this.#loop.trigger()
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
      if (!this.#upkeep.namespaceLives(secretNamespace) && !(await this.api.get(NAMESPACE, secretNamespace)))
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
      this.#upkeep.certificates.askFor(domainLabel(this.identity, domain.number))
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
      await this.#upkeep.certificates.forget(label)
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
    const notAfter = this.#upkeep.certificates.notAfter(label)
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

  /** Brings everything to where it should be; returns when to look again. Does not reject. */
  async #pass(): Promise<number> {
    const { zones, now, dnsAddress } = this.#options
    let wake = Number.POSITIVE_INFINITY
    for (const domain of this.domains()) {
      publishDomain(zones, domain.host, domain.ips, dnsAddress)
      const due = (this.#registrations.byNumber.get(domain.number)?.created ?? 0) + this.#delay()
      const waits = domain.status === 'pending' && now() < due
      wake = Math.min(wake, waits ? due : await this.#upkeep.certify(domain))
    }
    wake = Math.min(wake, await this.#upkeep.refreshCopies(this.domains()))
    this.#tell()
    return wake
  }

  #delay(): number {
    return this.#options.registrationDelayMs ?? REGISTRATION_DELAY_MS
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

  #tell(): void {
    const state = JSON.stringify(this.domains())
    if (state === this.#told) return
    this.#told = state
    for (const listener of this.#listeners) listener()
  }
}

const noSuchHost = (host: string): string => `The NLB host name '${host}' is not registered for this cluster.`
