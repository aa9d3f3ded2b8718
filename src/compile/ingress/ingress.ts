// One Ingress: its hosts with their routes and certificates, its clusters, and what is wrong with it.
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import type { Cluster } from '../../ir/cluster.ts'
import type { Route } from '../../ir/route.ts'
import type { Ingress } from '../../resources/ingress.ts'
import { INGRESS } from '../../resources/kinds.ts'
import type { Resource } from '../../resources/snapshot.ts'
import { closest } from '../closest.ts'
import { readObject } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { errorText, titleOf } from '../text.ts'
import type { Problem } from '../tls/credential.ts'
import { ALB_PREFIX } from './annotations/annotation.ts'
import { annotationField, readAnnotations } from './annotations/read-annotations.ts'
import { foreignClass } from './class.ts'
import { type ClientAuth, readClientAuth } from './client-auth.ts'
import { type AlbEvent, albEvents } from './events.ts'
import { type HostTls, readHostTls } from './host-tls.ts'
import { ANY_HOST, hostClaims, hostOwner } from './owners.ts'
import { createReport, type Report } from './report.ts'
import { createRouteBuilder, failWith, type RouteBuilder } from './routes.ts'
import type { Settings } from './settings.ts'

export interface IngressHost {
  readonly routes: readonly Route[]
  readonly tls?: HostTls
  /** Ports of plain HTTP and of HTTPS. */
  readonly ports: { readonly http?: number; readonly https?: number }
  /** Ports at which clients must show a certificate. */
  readonly clientAuth: readonly ClientAuth[]
  readonly requireTls: boolean
  /** It asks to answer for names that nobody has. */
  readonly isDefault: boolean
  /** The value of Strict-Transport-Security. */
  readonly hsts?: string
  readonly origin: Origin
}

const DEFAULT_PORTS = { http: 80, https: 443 } as const

export interface CompiledIngress {
  /** By host, `*` for any. Only those that it owns. */
  readonly hosts: ReadonlyMap<string, IngressHost>
  readonly clusters: readonly Cluster[]
  readonly diagnostics: readonly Diagnostic[]
  readonly events: readonly AlbEvent[]
}

const nothing: CompiledIngress = { hosts: new Map(), clusters: [], diagnostics: [], events: [] }

interface HostRules {
  readonly host: string
  readonly field: string
  readonly routes: readonly Route[]
}

/** Rules of the same host are one host. */
function readRules(ingress: Ingress, builder: RouteBuilder): readonly HostRules[] {
  const byHost = new Map<string, { field: string; paths: Route[] }>()
  for (const [index, rule] of (ingress.spec?.rules ?? []).entries()) {
    const host = rule.host ? rule.host.toLowerCase() : ANY_HOST
    const field = `spec.rules[${index}]`
    const routes = builder.routes(rule.http?.paths ?? [], `${field}.http.paths`)
    const seen = byHost.get(host)
    if (seen === undefined) byHost.set(host, { field, paths: [...routes] })
    else seen.paths.push(...routes.filter((route) => !seen.paths.some((one) => one.name === route.name)))
  }
  const backend = ingress.spec?.defaultBackend
  const fallback = backend === undefined ? [] : [builder.fallback(backend)]
  if (byHost.size === 0 && fallback.length > 0)
    return [{ host: ANY_HOST, field: 'spec.defaultBackend', routes: fallback }]
  return [...byHost].map(([host, { field, paths }]) => ({ host, field, routes: [...paths, ...fallback] }))
}

function reportConflict(read: Read, host: string, field: string, key: string, report: Report): void {
  const owner = read(hostOwner, host) ?? ''
  const other = readObject<Ingress>(read, INGRESS, owner)
  report.add(
    'SP0305',
    `${field}.host`,
    `Host ${host} already belongs to Ingress ${owner}; the rules of Ingress ${key} for it are left out.`,
    other === undefined ? {} : { related: [{ message: 'The owner of the host.', origin: other.origin('') }] },
    albEvents.conflictingServer(`"${host}" is in Ingress ${owner} already`),
  )
}

/** An entry for a service that no rule leads to: most likely a typing error, and then the service that was meant goes without what the entry says. */
function reportUnusedServices(ingress: Ingress, settings: Settings, report: Report): void {
  const { defaultBackend, rules = [] } = ingress.spec ?? {}
  const paths = rules.flatMap((rule) => rule.http?.paths ?? [])
  const backends = [
    ...paths.map((path) => path.backend),
    ...(defaultBackend === undefined ? [] : [defaultBackend]),
  ]
  const used = backends.flatMap((backend) => backend.service?.name ?? [])
  for (const service of settings.named.filter((name) => !used.includes(name))) {
    const meant = closest(service, used)
    const secured = settings.forService(service).ssl !== undefined
    const event = albEvents.annotationError(
      `${ALB_PREFIX}ssl-services`,
      `No rule leads to service ${service}.`,
    )
    report.add(
      'SP0309',
      secured ? annotationField(`${ALB_PREFIX}ssl-services`) : 'metadata.annotations',
      `An annotation names service ${service}, which no rule of this Ingress leads to.`,
      {
        ...(secured ? { severity: 'error' } : {}),
        ...(meant === undefined ? {} : { advice: `Did you mean ${meant}?` }),
      },
      secured ? event : undefined,
    )
  }
}

function compile(read: Read, resource: Resource<Ingress>, key: string): CompiledIngress {
  const ingress = resource.object
  const report = createReport(resource)
  const settings = readAnnotations(resource, report)
  const certificates = readHostTls(read, resource, report)
  const builder = createRouteBuilder(read, resource, settings, report)
  const rules = readRules(ingress, builder)
  reportUnusedServices(ingress, settings, report)
  const clients = readClientAuth(read, ingress.metadata.namespace ?? '', settings.ingress, report)
  const unapplied = certificates.missing ?? builder.missing ?? clients.missing
  const {
    hsts,
    ports = DEFAULT_PORTS,
    redirectToHttps = false,
    defaultServer = false,
    rejected,
  } = settings.ingress
  const hosts = new Map<string, IngressHost>()
  for (const { host, field, routes } of rules) {
    if (read(hostOwner, host) !== key) {
      reportConflict(read, host, field, key, report)
      continue
    }
    const tls = certificates.of(host)
    const origin = resource.origin(field)
    const closed =
      unapplied !== undefined
        ? closedRoute(404, unapplied, key, origin)
        : rejected !== undefined
          ? closedRoute(503, { code: 'SP0302', message: rejected }, key, origin)
          : undefined
    hosts.set(host, {
      routes: closed === undefined ? routes : [closed],
      ...(tls === undefined ? {} : { tls }),
      ports,
      clientAuth: clients.ports,
      requireTls: redirectToHttps,
      isDefault: defaultServer && hosts.size === 0,
      ...(hsts === undefined ? {} : { hsts }),
      origin,
    })
  }
  return {
    hosts,
    clusters: unapplied === undefined ? [...builder.clusters.values()] : [],
    diagnostics: report.diagnostics,
    events: unapplied === undefined ? [...report.events, albEvents.applied] : report.events,
  }
}

/** The only route of a host that is closed: one of an Ingress that is not applied answers as if it were unknown (404), but says why. */
function closedRoute(status: number, problem: Problem, key: string, origin: Origin): Route {
  return {
    name: `${key} closed`,
    match: { path: { kind: 'any' } },
    action: failWith(status, problem),
    origin,
  }
}

/** What is wrong with an Ingress: changes less often than its routes. */
export const ingressFindings = query<readonly Diagnostic[]>(
  'ingress-findings',
  (read, key) => read(compiledIngress, key).diagnostics,
)

/** The compiled form of an Ingress by `namespace/name`; empty when the ALB does not serve it. */
export const compiledIngress = query<CompiledIngress>(
  'ingress',
  (read, key) => {
    const resource = readObject<Ingress>(read, INGRESS, key)
    if (resource === undefined) return nothing
    const foreign = foreignClass(read, resource.object)
    if (foreign === undefined) return compile(read, resource, key)
    const message = `Class ${foreign.name} is not served by the load balancer.`
    return {
      ...nothing,
      diagnostics: [diagnostic('SP0307', resource.origin(foreign.field), message)],
    }
  },
  (error, read, key) => {
    const resource = readObject<Ingress>(read, INGRESS, key)
    if (resource === undefined) return nothing
    const problem: Problem = { code: 'SP0105', message: `${titleOf(resource.object)}: ${errorText(error)}` }
    const owned = [...read(hostClaims, '')].filter(([, claims]) => claims[0] === key)
    const origin = resource.origin('')
    const closed: IngressHost = {
      routes: [closedRoute(500, problem, key, origin)],
      tls: { refuse: problem, origin },
      ports: DEFAULT_PORTS,
      clientAuth: [],
      requireTls: false,
      isDefault: false,
      origin,
    }
    return {
      ...nothing,
      hosts: new Map(owned.map(([host]) => [host, closed])),
      diagnostics: [diagnostic(problem.code, origin, problem.message)],
    }
  },
)
