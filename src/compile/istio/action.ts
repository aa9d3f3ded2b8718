// What one HTTP route of a VirtualService does: forward, redirect or answer. A value that cannot be read makes the route fail closed.
import type { Code } from '../../diagnostics/catalogue.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import type { PathMatch } from '../../ir/match.ts'
import { istioRetry } from '../../ir/profiles.ts'
import type {
  Forward,
  HashSource,
  Redirect,
  RetryPolicy,
  Rewrite,
  RouteAction,
  WeightedCluster,
} from '../../ir/route.ts'
import type { HttpRoute } from '../../resources/virtual-service.ts'
import { parseDuration } from './duration.ts'
import { authoritySet, headerMutations } from './headers.ts'

/** Thrown inside of this module only: turned into a failing route by `routeAction`. */
class Unreadable extends Error {
  readonly field: string
  constructor(field: string, message: string) {
    super(message)
    this.field = field
  }
}

/** The names a route needs from outside: clusters of destinations, origins of fields, hash sources of a cluster. */
export interface ActionContext {
  readonly clusterOf: (destination: NonNullable<HttpRoute['mirror']> | undefined, field: string) => string
  readonly hashOf: (cluster: string) => readonly HashSource[]
  readonly origin: (field: string) => Origin
  readonly report: (code: Code, field: string, message: string) => void
}

function duration(text: string | undefined, field: string): number | undefined {
  if (text === undefined) return undefined
  const ms = parseDuration(text)
  if (ms === undefined)
    throw new Unreadable(field, `"${text}" is not a duration; write for example 5s or 250ms.`)
  return ms
}

/** Istio's default is two retries on failures before the request was handled; `attempts: 0` turns them off. */
function retryOf(route: HttpRoute, field: string): RetryPolicy | undefined {
  const { retries } = route
  if (retries === undefined) return istioRetry
  const attempts = retries.attempts ?? istioRetry.attempts
  if (attempts <= 0) return undefined
  const words = (retries.retryOn ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
  const codes = words.filter((word) => /^\d{3}$/.test(word)).map(Number)
  const conditions = words.filter((word) => !/^\d{3}$/.test(word))
  const perTry = duration(retries.perTryTimeout, `${field}.perTryTimeout`)
  const backoff = duration(retries.backoff, `${field}.backoff`)
  return {
    attempts,
    on:
      words.length === 0
        ? istioRetry.on
        : codes.length > 0
          ? [...conditions, 'retriable-status-codes']
          : conditions,
    ...(codes.length === 0 ? {} : { statusCodes: codes }),
    ...(perTry === undefined ? {} : { perTryTimeoutMs: perTry }),
    ...(backoff === undefined ? {} : { backoffMs: backoff }),
    ...(retries.retryIgnorePreviousHosts === false ? {} : { hostReselect: 5 }),
    ...(retries.retryRemoteLocalities === true ? { otherPriorities: true as const } : {}),
  }
}

function rewriteOf(route: HttpRoute, path: PathMatch): Rewrite | undefined {
  const { rewrite } = route
  const regex = rewrite?.uriRegexRewrite
  const replaced: Rewrite['path'] =
    regex?.match !== undefined
      ? { kind: 'regex', pattern: regex.match, value: regex.rewrite ?? '' }
      : rewrite?.uri === undefined
        ? undefined
        : {
            kind: path.kind === 'exact' || path.kind === 'regex' ? 'replace-full' : 'replace-prefix',
            value: rewrite.uri,
          }
  const [only] = route.route ?? []
  const authority =
    authoritySet(route.headers) ??
    rewrite?.authority ??
    (route.route?.length === 1 ? authoritySet(only?.headers) : undefined)
  if (replaced === undefined && authority === undefined) return undefined
  return {
    ...(replaced === undefined ? {} : { path: replaced }),
    ...(authority === undefined ? {} : { authority }),
  }
}

function weighted(route: HttpRoute, field: string, context: ActionContext): readonly WeightedCluster[] {
  const destinations = route.route ?? []
  return destinations.map((one, index) => {
    const at = `${field}.route[${index}]`
    const headers = headerMutations(one.headers)
    return {
      cluster: context.clusterOf(one.destination, `${at}.destination`),
      weight: destinations.length === 1 ? 1 : (one.weight ?? 0),
      ...(headers === undefined ? {} : { headers }),
      origin: context.origin(at),
    }
  })
}

function mirrorsOf(route: HttpRoute, field: string, context: ActionContext): Forward['mirrors'] {
  const legacy =
    route.mirror === undefined
      ? []
      : [
          {
            destination: route.mirror,
            percentage:
              route.mirrorPercentage ??
              (route.mirrorPercent === undefined ? undefined : { value: route.mirrorPercent }),
            field: `${field}.mirror`,
          },
        ]
  const listed = (route.mirrors ?? []).map((one, index) => ({
    ...one,
    field: `${field}.mirrors[${index}].destination`,
  }))
  const mirrors = [...legacy, ...listed].map((one) => ({
    cluster: context.clusterOf(one.destination, one.field),
    percent: one.percentage === undefined ? 100 : (one.percentage.value ?? 0),
  }))
  return mirrors.length === 0 ? undefined : mirrors
}

function forward(route: HttpRoute, path: PathMatch, field: string, context: ActionContext): Forward {
  const clusters = weighted(route, field, context)
  if (clusters.length > 1 && clusters.every((one) => one.weight === 0)) {
    throw new Unreadable(`${field}.route`, 'All destinations have weight 0.')
  }
  const rewrite = rewriteOf(route, path)
  const timeout = duration(route.timeout, `${field}.timeout`)
  const retry = retryOf(route, `${field}.retries`)
  const mirrors = mirrorsOf(route, field, context)
  const hash = context.hashOf(clusters[0]?.cluster ?? '')
  return {
    kind: 'forward',
    clusters,
    ...(rewrite === undefined ? {} : { rewrite }),
    ...(timeout === undefined || timeout === 0 ? {} : { timeoutMs: timeout }),
    ...(retry === undefined ? {} : { retry }),
    ...(mirrors === undefined ? {} : { mirrors }),
    ...(hash.length === 0 ? {} : { hash }),
  }
}

const REDIRECTS = [301, 302, 303, 307, 308] as const

function redirectOf(redirect: NonNullable<HttpRoute['redirect']>, field: string): Redirect {
  const status = REDIRECTS.find((one) => one === (redirect.redirectCode || 301))
  if (status === undefined) {
    throw new Unreadable(
      `${field}.redirectCode`,
      `${redirect.redirectCode} is not one of ${REDIRECTS.join(', ')}.`,
    )
  }
  const port =
    redirect.port ??
    (redirect.derivePort === 'FROM_REQUEST_PORT'
      ? 'request'
      : redirect.derivePort === undefined
        ? undefined
        : 'scheme-default')
  return {
    kind: 'redirect',
    status,
    ...(redirect.scheme ? { scheme: redirect.scheme } : {}),
    ...(redirect.authority ? { authority: redirect.authority } : {}),
    ...(port === undefined ? {} : { port }),
    ...(redirect.uri ? { path: { kind: 'replace-full', value: redirect.uri } } : {}),
  }
}

function direct(response: NonNullable<HttpRoute['directResponse']>, field: string): RouteAction {
  const { status, body } = response
  if (status === undefined || status < 200 || status > 599) {
    throw new Unreadable(`${field}.status`, `${status} is not a status from 200 to 599.`)
  }
  const text = body?.string ?? (body?.bytes === undefined ? undefined : atob(body.bytes))
  return { kind: 'direct-response', status, ...(text === undefined ? {} : { body: text }) }
}

/** The action of a route under one match; `field` is the route's path. Several or no actions, and unreadable values, answer 500. */
export function routeAction(
  route: HttpRoute,
  path: PathMatch,
  field: string,
  context: ActionContext,
): RouteAction {
  try {
    const actions = [route.route?.length ? route.route : undefined, route.redirect, route.directResponse]
    if (actions.filter((one) => one !== undefined).length !== 1) {
      throw new Unreadable(field, 'A route needs exactly one of route, redirect and directResponse.')
    }
    if (route.redirect !== undefined) return redirectOf(route.redirect, `${field}.redirect`)
    if (route.directResponse !== undefined) return direct(route.directResponse, `${field}.directResponse`)
    return forward(route, path, field, context)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    context.report('SP0505', error.field, error.message)
    return { kind: 'fail', status: 500, reason: 'SP0505', message: error.message }
  }
}
