// One proxy of the model at run time: its clusters and listeners, changed in place as the model changes.
import { type Diagnostic, diagnostic } from '../../../diagnostics/diagnostic.ts'
import type { Cluster } from '../../../ir/cluster.ts'
import type { Filter } from '../../../ir/filter.ts'
import type { FilterChain, HttpManager, Listener } from '../../../ir/listener.ts'
import { listenerLogFormat } from '../../../ir/log-format.ts'
import type { Proxy } from '../../../ir/proxy.ts'
import type { RateLimitPlan } from '../lower/filters/rate-limit.ts'
import { filterPlans } from '../lower/filters.ts'
import { lowerManager } from '../lower/manager.ts'
import { lowerTcpProxy } from '../lower/tcp-proxy.ts'
import { noChainLine, tcpLine } from './access-log/connection-line.ts'
import { formatLine } from './access-log/format-line.ts'
import { isLogged } from './access-log/log-filter.ts'
import { BindListener } from './bind-listener.ts'
import { ChainState } from './chain-state.ts'
import { monotonic, type Sweeper } from './clock.ts'
import type { EngineShared } from './engine-shared.ts'
import { Limiter } from './http/filters/limiter.ts'
import type { HttpDate } from './http/headers/http-date.ts'
import type { RequestContext } from './http/request-context.ts'
import { HttpChain } from './http-chain.ts'
import { ListenerState } from './listener-state.ts'
import { RequestMetrics } from './metrics/request-metrics.ts'
import type { ProxyServices } from './proxy-services.ts'
import { TcpChain } from './tcp/tcp-chain.ts'
import type { TcpRecord } from './tcp/tcp-record.ts'
import { ProxySpans } from './tracing/proxy-spans.ts'
import { ClusterState } from './upstream/cluster-state.ts'

export class ProxyState implements ProxyServices {
  readonly proxyId: string
  readonly sweeper: Sweeper
  readonly date: HttpDate
  readonly random: () => number
  readonly counters = { active: 0 }
  readonly metrics = new RequestMetrics()
  readonly spans: ProxySpans
  readonly listeners = new Map<string, ListenerState>()
  source: Proxy
  private readonly shared: EngineShared
  private readonly clusters = new Map<string, ClusterState>()
  private readonly limiters = new WeakMap<RateLimitPlan, Limiter>()

  constructor(source: Proxy, shared: EngineShared) {
    this.source = source
    this.shared = shared
    this.proxyId = source.id
    this.sweeper = shared.sweeper
    this.date = shared.date
    this.random = shared.random
    this.spans = new ProxySpans({
      cluster: (name) => this.clusters.get(name),
      failing: (collector, reason) => {
        const message = `${this.proxyId}: the collector ${collector.host} does not take spans: ${reason}`
        shared.options.report(diagnostic('SP0806', {}, message))
      },
    })
  }

  get clusterStates(): Iterable<ClusterState> {
    return this.clusters.values()
  }

  // ProxyServices

  cluster(name: string): ClusterState | undefined {
    return this.clusters.get(name)
  }

  limiter(plan: RateLimitPlan): Limiter {
    let limiter = this.limiters.get(plan)
    if (limiter === undefined) {
      const { shared } = this.shared.options
      limiter = new Limiter(plan, shared && ((key) => shared.tokenTaken(this.proxyId, plan.source, key)))
      this.limiters.set(plan, limiter)
    }
    return limiter
  }

  /** Tokens of a rate limit that another process has given out. */
  tokensTakenElsewhere(filter: Filter<'rate-limit'>, key: string, count: number): void {
    const [plan] = filterPlans([filter])
    if (plan?.kind === 'rate-limit') this.limiter(plan).owe(key, count, monotonic())
  }

  finished(context: RequestContext, manager: HttpManager): void {
    const cluster = context.clusterName === undefined ? undefined : this.clusters.get(context.clusterName)
    this.metrics.request(this.source, context, cluster)
    if (context.span !== undefined) this.spans.finished(context.span, context)
    const { accessLogFilter: filter } = manager
    if (manager.accessLog !== 'off' && (filter === undefined || isLogged(manager, filter, context))) {
      this.shared.options.accessLog(this.proxyId, formatLine[manager.accessLog](context))
    }
  }

  tcpOpened(record: TcpRecord): void {
    const cluster = record.clusterName === undefined ? undefined : this.clusters.get(record.clusterName)
    this.metrics.opened(this.source, record, cluster)
  }

  tcpFinished(record: TcpRecord): void {
    const cluster = record.clusterName === undefined ? undefined : this.clusters.get(record.clusterName)
    this.metrics.connection(this.source, record, cluster)
    const { accessLog } = record
    if (accessLog !== 'off') this.shared.options.accessLog(this.proxyId, tcpLine(accessLog, record))
  }

  // Updates

  /** Puts clusters in force, before the routes that name them. */
  updateClusters(proxy: Proxy, problems: Diagnostic[]): void {
    const { tls } = this.shared
    const gone = new Set(this.clusters.keys())
    for (const cluster of proxy.clusters) {
      gone.delete(cluster.name)
      const built = cluster.tls === undefined ? undefined : tls.client(cluster.tls.context)
      if (built?.problem !== undefined) problems.push(clusterProblem(cluster, built.problem))
      const state = this.clusters.get(cluster.name)
      if (state === undefined) {
        const { locate } = this.shared.options
        const environment = { locate, sweeper: this.sweeper, random: this.random, joining: this.shared.joins }
        this.clusters.set(
          cluster.name,
          new ClusterState(cluster, built?.value, built?.key ?? '', built?.problem, environment),
        )
      } else if (state.source !== cluster || state.tls !== built?.value) {
        state.update(cluster, built?.value, built?.key ?? '', built?.problem)
      }
    }
    for (const name of gone) {
      this.clusters.get(name)?.drain()
      this.clusters.delete(name)
    }
  }

  /** Closes what is no longer bound, so that others may bind it in the same update. */
  closeListeners(proxy: Proxy): void {
    const wanted = new Map(proxy.listeners.map((listener) => [listener.name, listener]))
    for (const [name, state] of this.listeners) {
      const listener = wanted.get(name)
      const keys = new Set(listener?.binds.map(bindKey))
      for (const [key, bind] of state.binds) {
        if (keys.has(key)) continue
        bind.close()
        state.binds.delete(key)
      }
      if (listener === undefined) {
        this.listeners.delete(name)
        this.shared.drain([...state.chains.values()])
      }
    }
  }

  /** Puts chains and routes in force and opens new binds; resolves when those are open or have failed. */
  async updateListeners(proxy: Proxy, problems: Diagnostic[]): Promise<void> {
    this.source = proxy
    const opened: Promise<void>[] = []
    for (const listener of proxy.listeners) {
      let state = this.listeners.get(listener.name)
      if (state === undefined) {
        state = new ListenerState(listener, (connection) => {
          const format = listenerLogFormat(this.listeners.get(listener.name)?.source ?? listener)
          if (format === 'off') return
          this.shared.options.accessLog(this.proxyId, noChainLine(format, connection, Date.now()))
        })
        this.listeners.set(listener.name, state)
      }
      this.updateChains(state, listener, problems)
      opened.push(this.openBinds(state, listener, problems))
    }
    await Promise.all(opened)
  }

  /** Opens the binds that are missing. */
  async openBinds(state: ListenerState, listener: Listener, problems: Diagnostic[]): Promise<void> {
    const opening = listener.binds.map(async (bind) => {
      const key = bindKey(bind)
      const present = state.binds.get(key)
      if (present !== undefined && present.state !== 'failed') return
      const { locate, shared } = this.shared.options
      const fresh = new BindListener(bind, state, locate, this.shared.joins, shared?.listen)
      state.binds.set(key, fresh)
      const error = await fresh.open()
      if (error !== undefined) {
        const message = `listener ${listener.name} cannot bind ${key}: ${error}`
        problems.push(diagnostic('SP0803', listener.origin, message))
      }
    })
    await Promise.all(opening)
  }

  get chains(): ChainState[] {
    return [...this.listeners.values()].flatMap(({ chains }) => [...chains.values()])
  }

  get hasFailedBinds(): boolean {
    return [...this.listeners.values()].some(({ binds }) =>
      [...binds.values()].some(({ state }) => state === 'failed'),
    )
  }

  /** Tries binds again that failed. */
  async retryBinds(): Promise<void> {
    const problems: Diagnostic[] = []
    for (const state of this.listeners.values()) await this.openBinds(state, state.source, problems)
  }

  closeBinds(): void {
    for (const { binds } of this.listeners.values()) for (const bind of binds.values()) bind.close()
  }

  destroyClusters(): void {
    for (const cluster of this.clusters.values()) cluster.destroy()
  }

  private updateChains(state: ListenerState, listener: Listener, problems: Diagnostic[]): void {
    const chains = new Map<string, ChainState>()
    const before = new Map(state.chains)
    for (const chain of listener.filterChains) {
      const known = before.get(chain.name)
      const kept = known !== undefined && (known.http !== undefined) === (chain.handler.kind === 'http')
      const next = kept ? known : this.newChain(chain)
      if (kept) before.delete(chain.name)
      this.updateChain(next, chain, problems)
      chains.set(chain.name, next)
    }
    state.use(listener, chains)
    this.shared.drain([...before.values()])
  }

  private newChain(chain: FilterChain): ChainState {
    const { handler } = chain
    const serving =
      handler.kind === 'http'
        ? new HttpChain(lowerManager(handler), this)
        : new TcpChain(lowerTcpProxy(handler), this)
    return new ChainState(
      this.proxyId,
      chain,
      serving,
      this.shared.handshakeFailed(this.proxyId),
      this.shared.joins,
    )
  }

  private updateChain(state: ChainState, chain: FilterChain, problems: Diagnostic[]): void {
    state.source = chain
    const { handler } = chain
    if (handler.kind === 'http') {
      if (state.http !== undefined) state.http.plan = lowerManager(handler)
    } else if (state.tcp !== undefined) state.tcp.plan = lowerTcpProxy(handler)
    const known = state.terminator
    state.terminator = undefined
    state.refusal = (state.http ?? state.tcp)?.plan.refusal
    for (const { origin, message } of state.http?.plan.table.problems ?? []) {
      problems.push(diagnostic('SP0801', origin, message))
    }
    if (chain.tls !== undefined && chain.refuse === undefined) {
      const built = this.shared.tls.server(chain.tls)
      if (known !== built.value) state.dropJoined()
      state.terminator = built.value
      state.refusal ??= built.problem
    }
    if (state.refusal !== undefined) {
      const message = `filter chain ${chain.name} refuses its connections: ${state.refusal}`
      problems.push(diagnostic('SP0801', chain.origin, message))
    }
  }
}

function bindKey({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function clusterProblem(cluster: Cluster, problem: string): Diagnostic {
  const message = `cluster ${cluster.name} cannot be used: ${problem}`
  return diagnostic('SP0801', cluster.origin, message)
}
