// The rules of one Ingress as routes of the ALB, with the clusters that they lead to.
import type { Cluster } from '../../ir/cluster.ts'
import type { Filter } from '../../ir/filter.ts'
import { albRetry } from '../../ir/profiles.ts'
import type { Fail, HeaderMutations, Route, RouteAction } from '../../ir/route.ts'
import type { Ingress, IngressBackend, IngressPath } from '../../resources/ingress.ts'
import type { Resource } from '../../resources/snapshot.ts'
import type { Read } from '../graph/query.ts'
import type { Problem } from '../tls/credential.ts'
import { ALB_PREFIX } from './annotations/annotation.ts'
import { annotationField } from './annotations/read-annotations.ts'
import { albCluster, type Backend, readBackend } from './backend.ts'
import { albEvents } from './events.ts'
import { comparePaths, pathMatch, type Ranked } from './paths.ts'
import type { Report } from './report.ts'
import type { ServiceSettings, Settings, SslSetting } from './settings.ts'
import { upstreamTls } from './upstream-tls.ts'

const SSL_SERVICES = `${ALB_PREFIX}ssl-services`
/** nginx client_max_body_size as the ALB sets it. */
const DEFAULT_BODY_BYTES = 1_048_576

export interface RouteBuilder {
  /** The routes of one rule's paths, in the order in which they are tried. */
  routes(paths: readonly IngressPath[], field: string): readonly Route[]
  /** The catch-all of a default backend. */
  fallback(backend: IngressBackend): Route
  readonly clusters: Map<string, Cluster>
  /** Set when a secret that ssl-services names is nowhere: the Ingress is not applied (E0002). */
  readonly missing: Problem | undefined
}

/** A route that fails closed. */
export function failWith(status: number, problem: Problem): Fail {
  return { kind: 'fail', status, reason: problem.code, message: problem.message }
}

/** What ssl-services says of a service: its entry, or the rejected one that may have meant it. */
function sslOf(settings: Settings, service: ServiceSettings): SslSetting | undefined {
  if (service.ssl !== undefined) return service.ssl
  const unknown = settings.ingress.sslUnknown
  return unknown === undefined ? undefined : { kind: 'rejected', message: unknown }
}

function headersOf(service: ServiceSettings): HeaderMutations | undefined {
  const { requestHeaders, responseHeaders, removedHeaders } = service
  const response = {
    ...(responseHeaders?.length ? { set: responseHeaders } : {}),
    ...(removedHeaders?.length ? { remove: removedHeaders } : {}),
  }
  if (!requestHeaders?.length && Object.keys(response).length === 0) return undefined
  return {
    ...(requestHeaders?.length ? { request: { set: requestHeaders } } : {}),
    ...(Object.keys(response).length === 0 ? {} : { response }),
  }
}

/** Makes routes of one Ingress; findings go to the report, clusters add up. */
export function createRouteBuilder(
  read: Read,
  ingress: Resource<Ingress>,
  settings: Settings,
  report: Report,
): RouteBuilder {
  const { metadata } = ingress.object
  const namespace = metadata.namespace ?? ''
  const clusters = new Map<string, Cluster>()
  let missing: Problem | undefined

  const secured = (
    backend: Backend,
    path: string,
  ): { tls?: Parameters<typeof albCluster>[5]; refused?: Problem } => {
    const ssl = sslOf(settings, settings.forService(backend.service))
    if (ssl === undefined) return {}
    if (ssl.kind === 'rejected') return { refused: { code: 'SP0302', message: ssl.message } }
    const result = upstreamTls(read, namespace, ssl, path)
    const field = annotationField(SSL_SERVICES)
    if ('missing' in result) {
      missing = result.missing
      report.problem(result.missing, field, albEvents.sslSecretNotFound(result.missing.message))
      return { refused: result.missing }
    }
    if ('refused' in result) {
      report.problem(result.refused, field, albEvents.annotationError(SSL_SERVICES, result.refused.message))
      return { refused: result.refused }
    }
    for (const remark of result.remarks)
      report.add(remark.code, field, remark.message, { severity: 'warning' })
    return { tls: result.tls }
  }

  const action = (backend: IngressBackend, path: string, exact: boolean, field: string): RouteAction => {
    const target = readBackend(read, namespace, backend)
    if (target.problem !== undefined) report.add('SP0306', `${field}.service`, target.problem)
    const service = settings.forService(target.service)
    const { tls, refused } = secured(target, path)
    if (refused !== undefined) return failWith(503, refused)
    const names = tls === undefined || tls.verify === 'off' ? undefined : tls.verify.names
    const base = `${namespace}/${metadata.name}/${target.service}:${target.port}`
    // Without proxy-ssl-name the verified name may hold the path: then each path has a cluster of its own.
    const sameElsewhere = clusters.get(base)
    const verified = sameElsewhere?.tls?.context.verify
    const differs =
      sameElsewhere !== undefined &&
      (verified === undefined || verified === 'off' ? undefined : verified.names?.[0]?.value) !==
        names?.[0]?.value
    const name = differs ? `${base}${path}` : base
    if (!clusters.has(name)) {
      clusters.set(name, albCluster(read, name, namespace, target, service, tls, ingress.origin(field)))
    }
    return {
      kind: 'forward',
      clusters: [{ cluster: name, weight: 1, origin: ingress.origin(field) }],
      retry: albRetry,
      ...(service.rewrite === undefined
        ? {}
        : { rewrite: { path: { kind: exact ? 'replace-full' : 'replace-prefix', value: service.rewrite } } }),
      ...(service.sticky === undefined ? {} : { hash: [{ kind: 'cookie', ...service.sticky }] }),
    }
  }

  const filters = (service: ServiceSettings, field: string): readonly Filter[] => {
    const bytes = service.maxBodyBytes ?? DEFAULT_BODY_BYTES
    const origin = ingress.origin(field)
    return [
      ...(bytes === 0 ? [] : [{ kind: 'body-limit' as const, config: { bytes }, origin }]),
      ...(service.rateLimit ? [{ kind: 'rate-limit' as const, config: service.rateLimit, origin }] : []),
    ]
  }

  const route = (
    path: string,
    type: IngressPath['pathType'],
    backend: IngressBackend,
    field: string,
    backendField: string,
  ): Route => {
    const service = settings.forService(backend.service?.name ?? '')
    const match = pathMatch(path, type, service.modifier)
    const sort = match.kind === 'exact' ? '=' : (service.modifier ?? '')
    const headers = headersOf(service)
    const limits = filters(service, field)
    return {
      name: `${namespace}/${metadata.name} ${sort}${path === '' ? '/' : path}${match.kind === 'segment-prefix' ? '/*' : ''}`,
      match: { path: match },
      action: action(backend, path, match.kind === 'exact', backendField),
      ...(limits.length === 0 ? {} : { filters: limits }),
      ...(headers === undefined ? {} : { headers }),
      origin: ingress.origin(field),
    }
  }

  return {
    clusters,
    get missing() {
      return missing
    },
    routes: (paths, field) => {
      const routes = new Map<string, Ranked & { readonly route: Route }>()
      for (const [index, one] of paths.entries()) {
        const at = `${field}[${index}]`
        const made = route(one.path ?? '', one.pathType, one.backend, at, `${at}.backend`)
        if (routes.has(made.name)) {
          report.add(
            'SP0308',
            `${at}.path`,
            `Path ${one.path ?? '/'} is in an earlier rule of the same host.`,
          )
          continue
        }
        const { modifier } = settings.forService(one.backend.service?.name ?? '')
        routes.set(made.name, {
          route: made,
          match: made.match.path,
          ...(modifier === undefined ? {} : { modifier }),
        })
      }
      return [...routes.values()].sort(comparePaths).map((one) => one.route)
    },
    fallback: (backend) => ({
      ...route('', 'ImplementationSpecific', backend, 'spec.defaultBackend', 'spec.defaultBackend'),
      name: `${namespace}/${metadata.name} default`,
    }),
  }
}
