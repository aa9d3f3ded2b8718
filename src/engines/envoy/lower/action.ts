// What a route does, as the action fields of config.route.v3.Route.
import type { Cluster } from '../../../ir/cluster.ts'
import type { HttpManager } from '../../../ir/listener.ts'
import { RETRY_PRIORITY_FREQUENCY } from '../../../ir/priority-load.ts'
import type { Forward, HashSource, Redirect, RetryPolicy, Route, VirtualHost } from '../../../ir/route.ts'
import { albPage } from './alb-page.ts'
import { headerFields, headerOption, hostHeader } from './header-fields.ts'
import { REASON_HEADER } from './local-reply.ts'
import { compact, duration, extension, type Message } from './proto.ts'

type Profile = HttpManager['profile']

/** Clusters that answer by themselves, by name: those that refuse, and empty ones that say what to do then. A route to one becomes a direct response. */
export type Closed = ReadonlyMap<string, Answer>

const previousHosts = extension(
  'envoy.retry_host_predicates.previous_hosts',
  'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
  {},
)

const previousPriorities = extension(
  'envoy.retry_priorities.previous_priorities',
  'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
  { update_frequency: RETRY_PRIORITY_FREQUENCY },
)

/** config.route.v3.RetryPolicy */
export function retryPolicy(retry: RetryPolicy): Message {
  const on = [...retry.on, ...(retry.statusCodes?.length ? ['retriable-status-codes'] : [])].join(',')
  return compact({
    retry_on: on,
    num_retries: retry.attempts,
    per_try_timeout: retry.perTryTimeoutMs === undefined ? undefined : duration(retry.perTryTimeoutMs),
    retriable_status_codes: retry.statusCodes?.length ? retry.statusCodes : undefined,
    retry_back_off: retry.backoffMs === undefined ? undefined : { base_interval: duration(retry.backoffMs) },
    retry_priority: retry.otherPriorities && previousPriorities,
    retry_host_predicate: retry.hostReselect ? [previousHosts] : undefined,
    host_selection_retry_max_attempts: retry.hostReselect || undefined,
  })
}

function hashPolicy(source: HashSource): Message {
  switch (source.kind) {
    case 'header':
      return { header: { header_name: source.name }, terminal: true }
    case 'cookie':
      return {
        cookie: compact({
          name: source.name,
          path: source.path,
          ttl: source.ttlSeconds === undefined ? undefined : duration(source.ttlSeconds * 1000),
          attributes: source.secure === true ? [{ name: 'Secure' }] : undefined,
        }),
        terminal: true,
      }
    case 'source-ip':
      return { connection_properties: { source_ip: true }, terminal: true }
    case 'query':
      return { query_parameter: { name: source.name }, terminal: true }
  }
}

const regexRewrite = (regex: string, substitution: string): Message => ({
  regex_rewrite: { pattern: { regex }, substitution },
})
const literal = (value: string): string => value.replace(/\\/g, '\\\\')

/** By whole segments: `/old` to `/` turns `/old/x` into `/x`, never into `//x` (Gateway API ReplacePrefixMatch). */
function segmentRewrite(prefix: string, value: string): Message {
  const stem = prefix.replace(/\/+$/, '')
  if (stem !== '' && value !== '' && !value.endsWith('/')) return { prefix_rewrite: value }
  const pattern = `^${stem.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}/?`
  return regexRewrite(pattern, literal(value.endsWith('/') ? value : `${value}/`))
}

/** The rewrite fields that RouteAction and RedirectAction share. */
function pathRewrite(
  path: NonNullable<Forward['rewrite']>['path'] | Redirect['path'],
  match: Route['match']['path'],
): Message {
  if (!path) return {}
  if (path.kind === 'regex') return regexRewrite(path.pattern, path.value)
  if (path.kind === 'replace-full' || match.kind === 'regex') return regexRewrite('^.*$', literal(path.value))
  return match.kind === 'segment-prefix'
    ? segmentRewrite(match.value, path.value)
    : { prefix_rewrite: path.value }
}

function rewriteFields(action: Forward, route: Route): Message {
  const authority = hostHeader(route.headers) ?? action.rewrite?.authority
  const path = action.rewrite?.path
  return {
    ...pathRewrite(path, route.match.path),
    ...(authority === undefined ? {} : { host_rewrite_literal: authority }),
  }
}

function forward(action: Forward, route: Route, retry: Message | undefined): Message {
  const [only, ...more] = action.clusters
  const target =
    only && more.length === 0 && !only.headers
      ? { cluster: only.cluster }
      : {
          weighted_clusters: {
            clusters: action.clusters.map(({ cluster, weight, headers }) => ({
              name: cluster,
              weight,
              ...headerFields(headers),
            })),
          },
        }
  return compact({
    ...target,
    ...rewriteFields(action, route),
    timeout: duration(action.timeoutMs ?? 0),
    idle_timeout: action.idleTimeoutMs === undefined ? undefined : duration(action.idleTimeoutMs),
    retry_policy: retry,
    hash_policy: action.hash?.map(hashPolicy),
    request_mirror_policies: action.mirrors?.map(({ cluster, percent }) => ({
      cluster,
      runtime_fraction: {
        default_value: { numerator: Math.round(percent * 10_000), denominator: 'MILLION' },
      },
      disable_shadow_host_suffix_append: true,
    })),
  })
}

export const redirectCodes = {
  301: 'MOVED_PERMANENTLY',
  302: 'FOUND',
  303: 'SEE_OTHER',
  307: 'TEMPORARY_REDIRECT',
  308: 'PERMANENT_REDIRECT',
} as const

function redirect(action: Redirect, match: Route['match']['path']): Message {
  const port = typeof action.port === 'number' ? action.port : undefined
  return compact({
    response_code: redirectCodes[action.status],
    scheme_redirect: action.scheme,
    host_redirect: action.authority,
    port_redirect: port,
    ...pathRewrite(action.path, match),
  })
}

/** What an answer of the proxy's own is made of. */
export interface Answer {
  readonly status: number
  readonly body?: string
  readonly contentType?: string
  /** A reason code; absent: Envoy's response code details. */
  readonly reason?: string
}

/** The action and the headers of an answer. Without a body of its own it is a page at the ALB. */
export function answer({ status, body, contentType, reason }: Answer, profile: Profile): Message {
  const page = body === undefined && profile === 'alb' ? albPage(status) : ''
  const text = body ?? page
  const type = page === '' ? contentType : 'text/html'
  const headers = [
    ...(type ? [['content-type', type] as const] : []),
    ...(reason ? [[REASON_HEADER, reason] as const] : []),
  ]
  return compact({
    direct_response: compact({ status, body: text ? { inline_string: text } : undefined }),
    response_headers_to_add:
      headers.length > 0 ? headers.map(headerOption('OVERWRITE_IF_EXISTS_OR_ADD')) : undefined,
  })
}

function answerOf({ refuse, noEndpoints, endpoints }: Cluster): Answer | undefined {
  if (refuse) return { status: 503, body: refuse.message, reason: refuse.reason }
  return noEndpoints && !endpoints.some(({ healthy }) => healthy) ? noEndpoints : undefined
}

/** The clusters of a proxy that cannot be used at all now. */
export const closedClusters = (clusters: readonly Cluster[]): Closed =>
  new Map(
    clusters.flatMap((cluster) => {
      const answer = answerOf(cluster)
      return answer ? [[cluster.name, answer] as const] : []
    }),
  )

/** What stands in for a forward whose only cluster is closed. */
function closedAction(action: Forward, closed: Closed): Answer | undefined {
  const [only, ...more] = action.clusters
  return only && more.length === 0 ? closed.get(only.cluster) : undefined
}

/** `retryOf`: the retry policy that a forward is to have of its own. */
export function actionFields(
  route: Route,
  closed: Closed,
  profile: Profile,
  retryOf: (action: Forward) => Message | undefined,
): Message {
  const { action } = route
  switch (action.kind) {
    case 'forward': {
      const shut = closedAction(action, closed)
      return shut
        ? answer(profile === 'alb' && shut.reason ? withoutBody(shut) : shut, profile)
        : { route: forward(action, route, retryOf(action)) }
    }
    case 'redirect':
      return { redirect: redirect(action, route.match.path) }
    case 'direct-response':
      return answer(action, profile)
    case 'fail': {
      const { status, reason, message } = action
      return answer(profile === 'alb' ? { status, reason } : { status, reason, body: message }, profile)
    }
  }
}

/** nginx shows its page, whatever the reason. */
const withoutBody = ({ status, reason }: Answer): Answer => ({ status, ...(reason ? { reason } : {}) })

/** Which routes of this host, by position, are lowered to a direct response because of their cluster. */
export function closedBy(host: VirtualHost, closed: Closed): string {
  if (closed.size === 0) return ''
  return host.routes
    .flatMap(({ action }, index) =>
      action.kind === 'forward' && closedAction(action, closed) ? [index] : [],
    )
    .join(' ')
}
