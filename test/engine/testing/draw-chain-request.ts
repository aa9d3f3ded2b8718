// Random requests to the doors of a chain.
import fc from 'fast-check'
import type { CaseRequest } from '../../../cases/support/requests.ts'
import { maybe, mostly, pick, present, rarely } from '../../envoy/testing/draw.ts'
import { CLIENTS } from './draw-chain.ts'

const host = mostly(
  'app.shop.example',
  pick('b.shop.example', 'b.shop.example', 'gw.example', 'app.gw.example', 'nobody.example'),
  3,
)
const client = mostly('good', pick(...(Object.keys(CLIENTS) as (keyof typeof CLIENTS)[])), 3)
const MESH = pick(
  ...[
    'mesh istio-system/istio-ingressgateway-service-account',
    'mesh istio-system/istio-ingressgateway-service-account',
  ],
  'mesh web/app',
)

/** A request to one of the doors, or to the pod behind them. */
export const chainRequest: fc.Arbitrary<CaseRequest> = fc
  .record({
    to: pick('alb', 'alb', 'alb', 'gateway', 'gateway', 'pod web/app-0'),
    scheme: pick('https', 'https', 'https', 'http'),
    host,
    sni: rarely(fc.oneof(host, fc.constant('')), 10),
    hostHeader: rarely(host, 10),
    path: pick('/status/418', '/status/418', '/status/200', '/status/418?x=1', '/', '/other'),
    method: pick('GET', 'GET', 'HEAD', 'POST'),
    client: fc.option(client, { nil: undefined, freq: 4 }),
    mesh: MESH,
    trust: rarely(pick('public', 'private'), 6),
    header: maybe(pick('1', '2')),
  })
  .map(({ to, scheme, host: name, path, hostHeader, header, mesh, client: chosen, ...rest }) => {
    const pod = to.startsWith('pod')
    return present({
      ...rest,
      to,
      name: 'random',
      url: `${scheme}://${name}${pod ? ':80' : ''}${path}`,
      client: pod && scheme === 'https' ? mesh : chosen,
      alpn: pod && scheme === 'https' ? ['istio'] : undefined,
      headers: { ...(header ? { 'x-a': header } : {}), ...(hostHeader ? { host: hostHeader } : {}) },
      expect: {},
    }) as CaseRequest
  })
