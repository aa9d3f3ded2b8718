// The filters that a VirtualService route asks for: fault injection and CORS.
import type { Origin } from '../../diagnostics/origin.ts'
import type { Filter, FilterConfig } from '../../ir/filter.ts'
import type { StringMatch } from '../../ir/match.ts'
import type { HttpRoute } from '../../resources/virtual-service.ts'
import { parseDuration } from './duration.ts'
import { stringMatch } from './strings.ts'

/** No percentage means 0 %, as in Istio. */
const percent = (one: { percentage?: { readonly value?: number }; percent?: number }): number =>
  one.percentage?.value ?? one.percent ?? 0

function fault(route: HttpRoute): FilterConfig['fault'] | undefined {
  const delay = route.fault?.delay
  const abort = route.fault?.abort
  const ms = parseDuration(delay?.fixedDelay ?? '')
  const config = {
    ...(delay === undefined || ms === undefined ? {} : { delay: { percent: percent(delay), ms } }),
    ...(abort?.httpStatus === undefined
      ? {}
      : { abort: { percent: percent(abort), status: abort.httpStatus } }),
  }
  return Object.keys(config).length === 0 ? undefined : config
}

function cors(policy: NonNullable<HttpRoute['corsPolicy']>): FilterConfig['cors'] {
  const old: readonly StringMatch[] = (policy.allowOrigin ?? []).map((value) =>
    value === '*' ? { kind: 'present' } : { kind: 'exact', value },
  )
  const maxAge = parseDuration(policy.maxAge ?? '')
  return {
    allowOrigins: [
      ...(policy.allowOrigins ?? []).map((one) => (one.exact === '*' ? stringMatch({}) : stringMatch(one))),
      ...old,
    ],
    allowMethods: policy.allowMethods ?? [],
    allowHeaders: policy.allowHeaders ?? [],
    exposeHeaders: policy.exposeHeaders ?? [],
    ...(maxAge === undefined ? {} : { maxAgeSeconds: Math.floor(maxAge / 1000) }),
    allowCredentials: policy.allowCredentials ?? false,
    unmatchedPreflights: policy.unmatchedPreflights === 'IGNORE' ? 'ignore' : 'forward',
  }
}

/** In FILTER_ORDER. */
export function routeFilters(
  route: HttpRoute,
  origin: (field: string) => Origin,
  field: string,
): readonly Filter[] {
  const injected = fault(route)
  return [
    ...(injected === undefined
      ? []
      : [{ kind: 'fault' as const, config: injected, origin: origin(`${field}.fault`) }]),
    ...(route.corsPolicy === undefined
      ? []
      : [{ kind: 'cors' as const, config: cors(route.corsPolicy), origin: origin(`${field}.corsPolicy`) }]),
  ]
}
