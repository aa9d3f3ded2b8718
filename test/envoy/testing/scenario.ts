// Random models with random requests to them, as plain values that can be printed and shrunk.
import fc from 'fast-check'
import type { Filter, FilterKind } from '../../../src/ir/filter.ts'
import type { HttpManager } from '../../../src/ir/listener.ts'
import type { VirtualHost } from '../../../src/ir/route.ts'
import { maybe, pick, present } from './draw.ts'
import { rbac } from './draw-match.ts'
import { type Asked, asked } from './draw-request.ts'
import { virtualHost } from './draw-route.ts'

const HOSTS = ['a.test', 'b.test', '*.w.test', 'x.w.test'] as const

/** What a model is made of. */
export interface Scenario {
  readonly hosts: readonly VirtualHost[]
  readonly manager: Pick<
    HttpManager,
    'profile' | 'path' | 'server' | 'forwardClientCert' | 'clientAddress'
  > & {
    readonly filters?: readonly Filter[]
    readonly http2: boolean
    readonly upgrades: readonly string[]
  }
  readonly clients: 'none' | 'optional' | 'require'
  readonly sni: readonly string[]
  readonly requests: readonly Asked[]
}

const plainName = (authority: string): string => authority.toLowerCase().replace(/\.?(:.*)?$/, '')

function without(hosts: readonly VirtualHost[], ...kinds: readonly FilterKind[]): readonly VirtualHost[] {
  const kept = ({ filters = [], ...route }: VirtualHost['routes'][number]) => ({
    ...route,
    filters: filters.filter(({ kind }) => !kinds.includes(kind)),
  })
  return hosts.map((host) => ({ ...host, routes: host.routes.map(kept) }))
}

/** Limits of routes stand behind the policies for all or before them. The ALB is an edge without policies and faults; what it makes of names that are not plain is among the differences in docs/engines.md. */
function settled(scenario: Scenario): Scenario {
  const { profile, path, server, forwardClientCert } = scenario.manager
  if (profile === 'istio') {
    const { filters } = scenario.manager
    return filters ? { ...scenario, hosts: without(scenario.hosts, 'body-limit', 'rate-limit') } : scenario
  }
  return {
    ...scenario,
    hosts: without(scenario.hosts, 'fault'),
    manager: {
      profile,
      path,
      server,
      forwardClientCert,
      http2: false,
      upgrades: ['*'],
      clientAddress: { useRemoteAddress: true, trustedHops: 0 },
    },
    requests: scenario.requests.map((one) => ({
      ...one,
      host: plainName(one.host),
      ...(one.absolute === undefined ? {} : { absolute: plainName(one.absolute) }),
    })),
  }
}

/** A model with `count` requests to it. */
export const scenario = (count: number): fc.Arbitrary<Scenario> =>
  fc
    .record({
      hosts: fc
        .tuple(
          fc.subarray([...HOSTS], { minLength: 1 }),
          fc.array(virtualHost, { minLength: 4, maxLength: 4 }),
        )
        .map(([domains, hosts]) =>
          domains.flatMap((domain, index) => {
            const host = hosts[index]
            return host ? [{ ...host, name: `h${index}`, domains: [domain] }] : []
          }),
        ),
      manager: fc
        .record({
          profile: pick('istio', 'istio', 'alb'),
          path: pick('none', 'base', 'merge-slashes', 'decode-and-merge-slashes'),
          server: fc.oneof(
            pick({ mode: 'remove' as const }, { mode: 'pass-through' as const }),
            fc.constant({ mode: 'overwrite' as const, value: 'istio-envoy' }),
          ),
          forwardClientCert: fc.record({
            mode: pick('sanitize', 'forward-only', 'append-forward', 'sanitize-set', 'always-forward-only'),
            details: fc.subarray(['subject', 'dns', 'uri'] as ('subject' | 'dns' | 'uri')[]),
          }),
          clientAddress: fc.record({ useRemoteAddress: fc.boolean(), trustedHops: pick(0, 0, 1) }),
          filters: maybe(rbac.map((one) => [one])),
          http2: pick(true, true, false),
          upgrades: pick<readonly string[]>(['websocket'], []),
        })
        .map(present),
      clients: pick('none', 'optional', 'require'),
      sni: pick<readonly string[]>(['a.test'], ['*.w.test', 'a.test'], ['b.test', 'x.w.test']),
      requests: fc.array(asked, { minLength: count, maxLength: count }),
    })
    .map((value) => settled(value as Scenario))
