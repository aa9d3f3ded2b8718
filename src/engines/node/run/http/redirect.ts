// The Location of a redirect (Envoy RedirectAction).
import type { HttpManager } from '../../../../ir/listener.ts'
import type { Redirect } from '../../../../ir/route.ts'
import type { RoutePlan } from '../../lower/virtual-host.ts'
import type { RequestContext } from './request-context.ts'

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 }

/** Scheme, authority and path of the request with what the redirect changes. A default port that nothing asks for is left out. */
export function redirectLocation(
  redirect: Redirect,
  route: RoutePlan | undefined,
  context: RequestContext,
  profile: HttpManager['profile'],
): string {
  const scheme = redirect.scheme ?? context.scheme
  const match = /^(.*?)(?::(\d+))?$/.exec(redirect.authority ?? context.authority)
  const host = match?.[1] ?? ''
  const target = route?.rewrite?.(context.target) ?? context.target
  const to = (port: number | undefined): string =>
    `${scheme}://${host}${port === undefined ? '' : `:${port}`}${target}`
  let port = match?.[2] === undefined ? undefined : Number(match[2])
  if (typeof redirect.port === 'number') return to(redirect.port)
  if (redirect.port === 'request') port = context.destinationPort
  else if (
    redirect.port === 'scheme-default' ||
    (redirect.scheme !== undefined && redirect.authority === undefined && profile === 'alb')
  ) {
    // nginx writes $host, which has no port.
    port = undefined
  } else if (scheme !== context.scheme && port === DEFAULT_PORTS[context.scheme]) {
    // Envoy keeps the port of the request unless it is the default one of the scheme that is left.
    port = undefined
  }
  return to(port === DEFAULT_PORTS[scheme] ? undefined : port)
}
