// The listeners of proxies with the route tables that they lead to, remembered by the model's parts: a changed route costs its host, its table,
// and one look at each chain that leads there.
import type { FilterChain, HttpManager, Listener } from '../../../ir/listener.ts'
import { logFormat } from '../../../ir/log-format.ts'
import type { RouteTable, VirtualHost } from '../../../ir/route.ts'
import type { Locate } from '../../engine.ts'
import { type Closed, closedBy } from './action.ts'
import { lowerHttpManager } from './http-manager.ts'
import { type LoweredChain, lowerChain, lowerListener } from './listener.ts'
import type { Message } from './proto.ts'
import { lowerRouteTable, type RouteTableParts, wholeRouteTable } from './route-table.ts'
import { settle } from './settle.ts'
import type { SecretRef } from './tls.ts'
import { type HostStyle, lowerVirtualHost, type Style } from './virtual-host.ts'

export interface ListenerSide {
  readonly listeners: ReadonlyMap<string, Message>
  readonly routes: ReadonlyMap<string, RouteTableParts>
  readonly secrets: ReadonlyMap<string, SecretRef>
}

interface KnownChain {
  readonly chain: FilterChain
  readonly manager: Message | undefined
  readonly lowered: LoweredChain
}

/** What a virtual host became. */
interface HostForm extends HostStyle {
  readonly closedRoutes: string
  readonly message: Message
}

/** What is remembered of one proxy: the last form of each listener and manager. */
interface Last {
  readonly listeners: Map<string, Message>
  readonly managers: Map<string, Message>
}

export class ListenerLowerer {
  readonly #locate: Locate
  readonly #mode: 'ads' | 'static'
  readonly #counted: boolean
  readonly #last = new Map<string, Last>()
  readonly #managers = new WeakMap<HttpManager, Message>()
  /** By the chain's match, which outlives the chain when only the routes behind it change. */
  readonly #chains = new WeakMap<FilterChain['match'], KnownChain>()
  readonly #tables = new WeakMap<
    RouteTable,
    { readonly key: string; readonly closed: Closed; readonly parts: RouteTableParts }
  >()
  /** One form for each style and set of closed routes. */
  readonly #hosts = new WeakMap<VirtualHost, readonly HostForm[]>()
  readonly #shells = new Map<string, Message>()

  constructor(locate: Locate, mode: 'ads' | 'static', counted: boolean) {
    this.#locate = locate
    this.#mode = mode
    this.#counted = counted
  }

  lower(proxy: string, all: readonly Listener[], closed: Closed): ListenerSide {
    const last = this.#last.get(proxy) ?? { listeners: new Map(), managers: new Map() }
    this.#last.set(proxy, last)
    const routes = new Map<string, RouteTableParts>()
    const tables = new Set<HttpManager>()
    const secrets = new Map<string, SecretRef>()
    const listeners = all.map((listener) => {
      for (const { handler, tls, refuse } of listener.filterChains) {
        // Chains of many names lead to one manager; one that refuses leads nowhere, and nobody asks for its table.
        if (refuse || handler.kind !== 'http' || tables.has(handler)) continue
        tables.add(handler)
        routes.set(handler.routes.name, this.#table(handler.routes, styleOf(handler, tls), closed))
      }
      const chains = listener.filterChains.map((chain) => this.#chain(chain, last, routes))
      for (const chain of chains) for (const secret of chain.secrets) secrets.set(secret.name, secret)
      // One that says the same stays the same object: Envoy would drain its connections.
      const before = last.listeners.get(listener.name)
      const message = settle(
        before,
        lowerListener(
          listener,
          this.#locate,
          chains.map(({ message }) => message),
        ),
      )
      last.listeners.set(listener.name, message)
      return [listener.name, message] as const
    })
    return { listeners: new Map(listeners), routes, secrets }
  }

  forget(proxy: string): void {
    this.#last.delete(proxy)
  }

  #chain(chain: FilterChain, last: Last, routes: ReadonlyMap<string, RouteTableParts>): LoweredChain {
    const { handler, refuse, tls } = chain
    const manager =
      handler.kind === 'http' && !refuse ? this.#manager(handler, tls !== undefined, last, routes) : undefined
    const known = this.#chains.get(chain.match)
    if (known && known.manager === manager && sameButRoutes(known.chain, chain)) return known.lowered
    const lowered = lowerChain(chain, manager, this.#counted)
    this.#chains.set(chain.match, { chain, manager, lowered })
    return lowered
  }

  /** A manager that changed in nothing but its routes, which are not in it, stays the same object. */
  #manager(
    handler: HttpManager,
    secure: boolean,
    last: Last,
    routes: ReadonlyMap<string, RouteTableParts>,
  ): Message {
    const { name } = handler.routes
    const known = this.#managers.get(handler)
    if (known) return known
    const parts = this.#mode === 'static' ? routes.get(name) : undefined
    const message = settle(
      last.managers.get(name),
      lowerHttpManager(handler, parts && wholeRouteTable(parts), { secure, counted: this.#counted }),
    )
    last.managers.set(name, message)
    this.#managers.set(handler, message)
    return message
  }

  /** A shell that says the same stays the same object, so that it is not sent again when only hosts changed. */
  #table(table: RouteTable, style: Style, closed: Closed): RouteTableParts {
    const key = JSON.stringify(style)
    const known = this.#tables.get(table)
    if (known?.key === key && known.closed === closed) return known.parts
    const parts = lowerRouteTable(table, style, (host) => this.#host(host, style, closed))
    const text = JSON.stringify(parts.shell)
    const shell = this.#shells.get(text) ?? parts.shell
    this.#shells.set(text, shell)
    const result = { shell, hosts: parts.hosts }
    this.#tables.set(table, { key, closed, parts: result })
    return result
  }

  #host(host: VirtualHost, { profile, decorated, filtersOfAll }: HostStyle, closed: Closed): Message {
    const closedRoutes = closedBy(host, closed)
    const forms = this.#hosts.get(host) ?? []
    for (const form of forms)
      if (
        form.closedRoutes === closedRoutes &&
        form.profile === profile &&
        form.decorated === decorated &&
        form.filtersOfAll === filtersOfAll
      )
        return form.message
    const style = { profile, decorated, filtersOfAll }
    const message = lowerVirtualHost(host, closed, style)
    this.#hosts.set(host, [...forms, { ...style, closedRoutes, message }])
    return message
  }
}

const styleOf = (handler: HttpManager, tls: FilterChain['tls']): Style => ({
  profile: handler.profile,
  misdirected: tls !== undefined && handler.misdirected === 421,
  appendsClient: handler.clientAddress.useRemoteAddress,
  withoutServer: handler.server.mode === 'remove',
  decorated: handler.tracing?.side === 'outbound',
  filtersOfAll: (handler.filters ?? []).map(({ kind }) => kind).join(' '),
})

/** Whether two chains differ in nothing but an HTTP handler. */
const sameButRoutes = (a: FilterChain, b: FilterChain): boolean =>
  a.name === b.name &&
  a.tls === b.tls &&
  a.refuse === b.refuse &&
  // One that refuses logs as its handler says.
  (!b.refuse || logFormat(a.handler) === logFormat(b.handler)) &&
  (b.handler.kind === 'http' ? a.handler.kind === 'http' : a.handler === b.handler)
