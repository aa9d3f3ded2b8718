// The Envoy engine: the proxies of a model as Envoys that take everything by delta ADS from a control plane in this process.
import { join } from 'node:path'
import { ServerCredentials } from '@grpc/grpc-js'
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Proxy } from '../../ir/proxy.ts'
import type { Acknowledgement, Engine, EngineStatus, Update } from '../engine.ts'
import { exposition as countsAsText, istioFamilies } from '../metrics/exposition.ts'
import { mergeExpositions } from '../metrics/merge.ts'
import { proxyStatus } from '../proxy-status.ts'
import { unsupportedReason } from './lower/filters/support.ts'
import { createLowerer, type Lowerer } from './lower/lower.ts'
import type { AdsIdentities, EnvoyEngineOptions, PemIdentity } from './options.ts'
import { RenewableCredentials } from './run/ads-credentials.ts'
import { AdsServer } from './run/ads-server.ts'
import { EnvoyProcess } from './run/envoy-process.ts'
import { exposition, labelled } from './run/exposition.ts'
import type { LogMessage } from './run/log-entries.ts'
import { ModelAddresses } from './run/model-addresses.ts'
import { originOf } from './run/origin-of.ts'
import { EnvoyCounts } from './run/request-counts.ts'
import type { ResourceType } from './run/resource-types.ts'
import { ResourceEncoder } from './run/snapshot.ts'
import { unsupportedFinder } from './run/unsupported.ts'
import type { Verdict } from './run/verdict.ts'

export type { AdsIdentities, EnvoyEngineOptions } from './options.ts'

interface Rejection {
  readonly type: ResourceType
  readonly name: string
  readonly error: string
}

/** How long an update waits for Envoys that are starting or slow to judge it. */
const ACK_WAIT_MS = 5_000

/** Starts the control plane; Envoys are started with the first update that has their proxies. */
export async function createEnvoyEngine(
  options: EnvoyEngineOptions,
): Promise<Required<Engine> & { readonly port: number }> {
  const engine = new EnvoyEngine(options)
  await engine.listen()
  return engine
}

class EnvoyEngine implements Engine {
  readonly name = 'envoy'
  readonly #options: EnvoyEngineOptions
  readonly #ads: AdsServer
  readonly #encoder = new ResourceEncoder()
  readonly #lowerer: Lowerer
  readonly #unsupportedIn = unsupportedFinder(unsupportedReason)
  readonly #processes = new Map<string, EnvoyProcess>()
  /** By node, then by type and name of the resource. */
  readonly #rejected = new Map<string, Map<string, Rejection>>()
  readonly #verdicts = { acks: 0, nacks: 0 }
  /** What nodes have said of their requests. */
  readonly #counts = new Map<string, EnvoyCounts>()
  readonly #addresses: ModelAddresses
  readonly #waiting = new Set<(node?: string) => void>()
  #proxies = new Map<string, Proxy>()
  #version = 0
  #port = 0
  #stopRenewing: (() => void) | undefined

  constructor(options: EnvoyEngineOptions) {
    this.#options = options
    // Of Envoys that others run, others scrape the statistics.
    const counted = options.binary !== undefined
    this.#addresses = new ModelAddresses(options.locate)
    this.#lowerer = createLowerer(options.locate, 'ads', counted)
    this.#ads = new AdsServer({
      authorize: (node, peer) => this.#mayAsk(node, peer),
      verdict: (node, verdict) => this.#judged(node, verdict),
      connected: (node) => this.#wake(node),
      ...(counted ? { logged: (node, message) => this.#logged(node, message) } : {}),
    })
  }

  #mayAsk(node: string, peer: readonly string[]): boolean {
    const { authorize, identities } = this.#options
    const proxy = this.#proxies.get(node)
    if (authorize) return proxy !== undefined && authorize(proxy, peer)
    return identities === undefined || (proxy !== undefined && peer.includes(identities.client(node).uri))
  }

  /** Where the control plane listens. */
  get port(): number {
    return this.#port
  }

  async listen(): Promise<void> {
    const { listen, identities } = this.#options
    const credentials = identities && new RenewableCredentials(identities.server())
    this.#port = await this.#ads.listen(
      `${listen.host}:${listen.port}`,
      credentials ?? ServerCredentials.createInsecure(),
    )
    this.#stopRenewing = identities?.onRenewed(() => {
      credentials?.renew(identities.server())
      for (const [id, process] of this.#processes) process.renew(this.#identityOf(id, identities))
    })
  }

  async apply({ version, model, blobs }: Update): Promise<Acknowledgement> {
    this.#version = version
    const proxies = new Map(model.proxies.map((proxy) => [proxy.id, proxy]))
    const gone = [...this.#proxies.keys()].filter((id) => !proxies.has(id))
    this.#proxies = proxies
    for (const proxy of model.proxies) {
      this.#ads.set(proxy.id, this.#encoder.snapshot(this.#lowerer.lower(proxy), blobs))
      this.#ensureProcess(proxy)
    }
    for (const id of gone) this.#retire(id)
    await this.#settled([...proxies.keys()], version)
    return { version, rejected: [...this.#unsupportedIn(model.proxies), ...this.#rejections()] }
  }

  status(): EngineStatus {
    const connected = this.#ads.connections()
    return {
      version: this.#version,
      proxies: proxyStatus([...this.#proxies.values()], ({ id }) => (connected.get(id) ?? 0) > 0),
    }
  }

  async metrics(): Promise<string> {
    const texts = await Promise.all(
      [...this.#processes].map(async ([id, process]) => labelled(await process.metrics(), 'proxy', id)),
    )
    const refused = [...this.#rejected].map(([node, held]) => ({ labels: { node }, value: held.size }))
    const streams = [...this.#ads.connections()].map(([node, value]) => ({ labels: { node }, value }))
    const { acks, nacks } = this.#verdicts
    return [
      mergeExpositions(texts),
      await countsAsText(istioFamilies(() => this.#counts.values())),
      exposition('sallyport_xds_streams', 'gauge', 'ADS streams by node.', streams),
      exposition('sallyport_xds_rejected_resources', 'gauge', 'Resources that a node refuses now.', refused),
      exposition('sallyport_xds_verdicts_total', 'counter', 'What Envoys said of responses.', [
        { labels: { verdict: 'ack' }, value: acks },
        { labels: { verdict: 'nack' }, value: nacks },
      ]),
    ].join('')
  }

  async restart(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((process) => process.restart()))
  }

  async close({ drainMs = 0 } = {}): Promise<void> {
    this.#stopRenewing?.()
    await Promise.all([...this.#processes.values()].map((process) => process.stop(drainMs)))
    this.#processes.clear()
    this.#ads.close()
    this.#wake()
  }

  #identityOf(proxy: string, { client, server }: AdsIdentities): PemIdentity & { readonly server: string } {
    return { ...client(proxy), server: server().uri }
  }

  #ensureProcess(proxy: Proxy): void {
    const { binary, directory, identities, listen, accessLog, log } = this.#options
    if (binary === undefined || this.#processes.has(proxy.id)) return
    const process = new EnvoyProcess(proxy, {
      binary,
      directory: join(directory, proxy.id.replaceAll('/', '_')),
      ads: { host: listen.host, port: this.#port },
      ...(identities ? { identity: this.#identityOf(proxy.id, identities) } : {}),
      accessLog: (line) => {
        const now = this.#proxies.get(proxy.id) ?? proxy
        accessLog(proxy.id, this.#addresses.written(now, line))
      },
      log,
      exited: () => this.#wake(proxy.id),
    })
    this.#processes.set(proxy.id, process)
    process.start().catch((error: Error) => log(`${proxy.id}: ${error.message}`))
  }

  #retire(id: string): void {
    this.#ads.remove(id)
    this.#rejected.delete(id)
    this.#counts.delete(id)
    this.#lowerer.forget(id)
    const process = this.#processes.get(id)
    this.#processes.delete(id)
    process?.stop(5_000).catch((error: Error) => this.#options.log(`${id}: ${error.message}`))
  }

  #logged(node: string, message: LogMessage): void {
    const proxy = this.#proxies.get(node)
    if (!proxy) return
    const counts = this.#counts.get(node) ?? new EnvoyCounts(this.#options.locate)
    this.#counts.set(node, counts)
    counts.take(proxy, message)
  }

  #judged(node: string, verdict: Verdict): void {
    const { type, names, error, refused } = verdict
    this.#verdicts[error === undefined ? 'acks' : 'nacks'] += 1
    const held = this.#rejected.get(node) ?? new Map<string, Rejection>()
    this.#rejected.set(node, held)
    if (error === undefined) for (const name of [...names, '']) held.delete(`${type} ${name}`)
    else
      for (const name of refused) {
        const rejection = { type, name, error }
        held.set(`${type} ${name}`, rejection)
        this.#options.report(this.#diagnosticOf(node, rejection))
      }
    this.#wake(node)
  }

  /** Something happened to a node; without a name, to any. */
  #wake(node?: string): void {
    for (const check of this.#waiting) check(node)
  }

  /** Resolves when every node (of those that are ours to start, or are connected) has judged this version, or a newer one is under way, or after ACK_WAIT_MS. */
  #settled(nodes: readonly string[], version: number): Promise<void> {
    const open = new Set(nodes.filter((node) => this.#processes.has(node) || this.#ads.streams(node) > 0))
    /** One that has ended is not waited for: it gets everything when it is back. */
    const done = (node: string) =>
      !this.#proxies.has(node) ||
      this.#processes.get(node)?.down === true ||
      (this.#ads.streams(node) === 0 && !this.#processes.has(node)) ||
      this.#ads.settled(node)
    return new Promise((resolve) => {
      const check = (node?: string) => {
        for (const one of node === undefined ? open : [node]) if (done(one)) open.delete(one)
        if (open.size > 0 && version === this.#version) return
        clearTimeout(timer)
        this.#waiting.delete(check)
        resolve()
      }
      const timer = setTimeout(() => {
        open.clear()
        check()
      }, ACK_WAIT_MS)
      this.#waiting.add(check)
      check()
    })
  }

  /** Of what is still there. */
  #rejections(): readonly Diagnostic[] {
    return [...this.#rejected].flatMap(([node, held]) => {
      for (const [key, { type, name }] of held)
        if (name !== '' && !this.#ads.has(node, type, name)) held.delete(key)
      return [...held.values()].map((rejection) => this.#diagnosticOf(node, rejection))
    })
  }

  #diagnosticOf(node: string, { type, name, error }: Rejection): Diagnostic {
    const proxy = this.#proxies.get(node)
    const origin = proxy ? originOf(proxy, type, name, error) : {}
    return diagnostic('SP0801', origin, `${node} refused ${type} ${name}: ${error}`)
  }
}
