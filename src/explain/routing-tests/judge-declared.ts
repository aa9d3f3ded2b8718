// Compares the VirtualService route that takes a request with the fields that a test of istio-config-validator's form gives.
import type { HttpManager } from '../../ir/listener.ts'
import type { Model } from '../../ir/proxy.ts'
import type { Route } from '../../ir/route.ts'
import { VIRTUAL_SERVICE } from '../../resources/kinds.ts'
import { getOf, type Snapshot } from '../../resources/snapshot.ts'
import type { VirtualService } from '../../resources/virtual-service.ts'
import type { TraceRequest } from '../hop.ts'
import { routeMismatch } from '../match.ts'
import { selectVirtualHost } from '../select.ts'
import type { Expectation } from './routing-test.ts'

/** The route of a VirtualService that any gateway, else any sidecar, takes for the request's host. */
export function declaredRoute(request: TraceRequest, model: Model): Route | undefined {
  const authority = request.headers.get('host') ?? request.host
  for (const kind of ['gateway', 'sidecar'] as const)
    for (const manager of managers(model, kind)) {
      const host = selectVirtualHost(manager.routes, authority)
      const route = host?.routes.find(({ match }) => !routeMismatch(match, { ...request, authority }))
      if (route?.origin.object?.kind === 'VirtualService') return route
    }
  return undefined
}

const managers = (model: Model, kind: string): readonly HttpManager[] =>
  model.proxies
    .filter((proxy) => proxy.kind === kind)
    .flatMap(({ listeners }) =>
      listeners.flatMap(({ filterChains }) =>
        filterChains.flatMap(({ handler }) => (handler.kind === 'http' ? [handler] : [])),
      ),
    )

/** The differences in words; none when the comparison comes out as wanted. */
export function judgeDeclared(
  { wantMatch, fields }: NonNullable<Expectation['declared']>,
  route: Route | undefined,
  snapshot: Snapshot,
): readonly string[] {
  const ref = route?.origin.object
  const index = /^spec\.http\[(\d+)\]/.exec(route?.origin.field ?? '')?.[1]
  const service = ref && getOf<VirtualService>(snapshot, VIRTUAL_SERVICE, ref.name, ref.namespace)?.object
  const written = index === undefined ? undefined : service?.spec?.http?.[Number(index)]
  if (!written || !ref) return wantMatch ? ['no route of a VirtualService takes the request'] : []
  const found: Readonly<Record<string, unknown>> = {
    ...written,
    delegate: written.delegate ?? { name: ref.name, namespace: ref.namespace },
  }
  const different = Object.entries(fields).filter(([name, value]) => !includes(found[name], value))
  const where = `spec.http[${index}] of VirtualService ${ref.namespace}/${ref.name}`
  if (!wantMatch)
    return different.length === 0
      ? [`${where} takes the request and is as given, but no match is wanted`]
      : []
  return different.map(
    ([name, value]) =>
      `${name}: expected ${JSON.stringify(value)}, ${where} has ${JSON.stringify(found[name]) ?? 'none'}`,
  )
}

/** Deep equality, but what a test does not say of a mapping may be anything. */
function includes(found: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(found) &&
      found.length === wanted.length &&
      wanted.every((one, index) => includes(found[index], one))
    )
  if (typeof wanted === 'object' && wanted !== null)
    return (
      typeof found === 'object' &&
      found !== null &&
      Object.entries(wanted).every(([key, one]) => includes((found as Record<string, unknown>)[key], one))
    )
  return found === wanted
}
