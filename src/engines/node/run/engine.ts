// The engine: takes models, makes each proxy what its part says, and lets go of what is gone.
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts'
import type { Filter } from '../../../ir/filter.ts'
import { logFormat } from '../../../ir/log-format.ts'
import type { Acknowledgement, BlobStore, Engine, EngineStatus, Update } from '../../engine.ts'
import { exposition, type Family, istioFamilies, measure, type Values } from '../../metrics/exposition.ts'
import type { NodeEngineOptions } from '../options.ts'
import { handshakeLine } from './access-log/connection-line.ts'
import type { ChainState, HandshakeFailed } from './chain-state.ts'
import { monotonic, Sweeper } from './clock.ts'
import type { EngineShared } from './engine-shared.ts'
import { HttpDate } from './http/headers/http-date.ts'
import { JoinRegistry } from './joined/join-registry.ts'
import { engineFamilies } from './metrics/engine-families.ts'
import { ProxyState } from './proxy-state.ts'
import { TlsStore } from './tls/tls-store.ts'

const DEFAULT_DRAIN_MS = 5_000
const DEFAULT_BIND_RETRY_MS = 1_000
const NO_BLOBS: BlobStore = { get: () => undefined }

export class NodeEngine implements Engine, EngineShared {
  readonly name = 'node'
  readonly options: NodeEngineOptions
  readonly sweeper = new Sweeper()
  readonly date = new HttpDate()
  readonly random = Math.random
  readonly tls: TlsStore
  readonly joins: JoinRegistry | undefined
  private version = 0
  private readonly proxies = new Map<string, ProxyState>()
  private readonly draining = new Set<ChainState>()
  private retry: NodeJS.Timeout | undefined
  private closed = false

  constructor(options: NodeEngineOptions) {
    this.options = options
    this.tls = new TlsStore(NO_BLOBS, options.shared)
    this.joins = options.hops === 'memory' ? new JoinRegistry() : undefined
  }

  async apply(update: Update): Promise<Acknowledgement> {
    if (update.version <= this.version || this.closed) return { version: this.version, rejected: [] }
    this.version = update.version
    const rejected: Diagnostic[] = []
    const wanted = new Map(update.model.proxies.map((proxy) => [proxy.id, proxy]))
    this.tls.begin(update.blobs)
    for (const [id, state] of this.proxies) {
      const proxy = wanted.get(id)
      if (proxy !== undefined) state.closeListeners(proxy)
      else this.remove(state)
    }
    const opening: Promise<void>[] = []
    for (const proxy of update.model.proxies) {
      let state = this.proxies.get(proxy.id)
      if (state === undefined) {
        state = new ProxyState(proxy, this)
        this.proxies.set(proxy.id, state)
      }
      state.updateClusters(proxy, rejected)
      opening.push(state.updateListeners(proxy, rejected))
    }
    this.tls.end()
    await Promise.all(opening)
    this.armRetry()
    return { version: update.version, rejected }
  }

  status(): EngineStatus {
    return {
      version: this.version,
      proxies: [...this.proxies.values()].map(({ proxyId, listeners }) => ({
        id: proxyId,
        listeners: [...listeners].flatMap(([name, { binds }]) =>
          [...binds.values()].map(({ bind, state }) => ({
            name,
            address: bind.address,
            port: bind.port,
            state: state === 'failed' ? ('failed' as const) : ('listening' as const),
          })),
        ),
      })),
    }
  }

  metrics(): Promise<string> {
    return exposition(this.families())
  }

  /** Tokens of a rate limit that another process has given out. */
  tokensTakenElsewhere(proxy: string, filter: Filter<'rate-limit'>, key: string, count: number): void {
    this.proxies.get(proxy)?.tokensTakenElsewhere(filter, key, count)
  }

  /** The same as values, to be merged with those of others. */
  measure(): Values {
    return measure(this.families())
  }

  async close(options: { readonly drainMs?: number } = {}): Promise<void> {
    this.closed = true
    clearTimeout(this.retry)
    const chains = [...this.proxies.values()].flatMap((state) => {
      state.closeBinds()
      return state.chains
    })
    const all = [...chains, ...this.draining]
    for (const chain of all) chain.drain()
    const until = Date.now() + (options.drainMs ?? 0)
    while (Date.now() < until && all.some(({ connections }) => connections > 0)) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    for (const chain of all) chain.destroy()
    await Promise.all([...this.proxies.values()].map(({ spans }) => spans.close()))
    for (const state of this.proxies.values()) state.destroyClusters()
    this.proxies.clear()
    this.draining.clear()
  }

  // EngineShared

  drain(chains: readonly ChainState[]): void {
    for (const chain of chains) {
      chain.drain()
      this.draining.add(chain)
    }
    if (chains.length === 0) return
    const timer = setTimeout(() => {
      for (const chain of chains) {
        chain.destroy()
        this.draining.delete(chain)
      }
    }, this.options.drainMs ?? DEFAULT_DRAIN_MS)
    timer.unref()
  }

  handshakeFailed(proxyId: string): HandshakeFailed {
    return (chain, { addresses, peek, reason, startedAt }) => {
      const format = logFormat(chain.handler)
      if (format === 'off') return
      const connection = { ...addresses, serverName: peek.serverName }
      const durationMs = monotonic() - startedAt
      const line = handshakeLine(format, connection, {
        startTime: Date.now() - durationMs,
        durationMs,
        reason,
      })
      this.options.accessLog(proxyId, line)
    }
  }

  private families(): Family[] {
    const proxies = [...this.proxies.values()]
    return [...istioFamilies(() => proxies.map(({ metrics }) => metrics)), ...engineFamilies(() => proxies)]
  }

  private remove(state: ProxyState): void {
    state.closeBinds()
    this.drain(state.chains)
    this.proxies.delete(state.proxyId)
  }

  private armRetry(): void {
    clearTimeout(this.retry)
    const failed = [...this.proxies.values()].filter(({ hasFailedBinds }) => hasFailedBinds)
    if (failed.length === 0 || this.closed) return
    this.retry = setTimeout(async () => {
      for (const state of failed) await state.retryBinds()
      this.armRetry()
    }, this.options.bindRetryMs ?? DEFAULT_BIND_RETRY_MS)
    this.retry.unref()
  }
}
