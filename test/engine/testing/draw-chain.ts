// Random versions of the article's chain, right more often than wrong: certificates, trust, names, doors and policies, as the text of a case.
import fc from 'fast-check'
import { maybe, mostly, pick, rarely } from '../../envoy/testing/draw.ts'

const NAMES = ['gw.example', '*.gw.example', 'app.shop.example', 'b.shop.example'] as const
const CAS = mostly<string>('public.ca', pick('private.ca', 'sub.ca', 'private.ca+public.ca'))
const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 })

const leaf = (names: readonly string[]) =>
  fc
    .record({
      issuer: mostly<'public' | 'private' | 'sub'>('public', pick('private', 'sub', 'sub'), 10),
      chained: pick(true, true, false),
      names: mostly(names, some(names), 10),
      purposes: rarely(pick(['serverAuth'], ['clientAuth']), 16),
      expired: rarely(fc.constant(true), 24),
      early: rarely(fc.constant(true), 40),
      revoked: rarely(fc.constant(true), 12),
    })
    .map(({ chained, ...one }) => ({
      ...one,
      ...(chained && one.issuer === 'sub' ? { chain: ['sub'] } : {}),
    }))

const door = fc.record({
  /** The TLS of the load balancer to the gateway. */
  ssl: mostly<'named' | 'secret' | 'bare' | 'none'>('named', pick('secret', 'bare', 'none'), 12),
  name: mostly('gw.example', pick('app.gw.example', 'app.shop.example', 'nobody.example')),
  depth: maybe(pick(1, 2, 5)),
  trusted: CAS,
  client: mostly(true, fc.constant(false), 12),
  port: mostly(443, fc.constant(80), 16),
  path: mostly('/', pick('/status', '/status/'), 3),
  redirect: rarely(fc.constant(true), 8),
  asks: rarely(CAS),
})

type Mode = 'MUTUAL' | 'SIMPLE' | 'OPTIONAL_MUTUAL' | 'ISTIO_MUTUAL'
const gateway = fc.record({
  mode: mostly<Mode>('MUTUAL', pick('SIMPLE', 'OPTIONAL_MUTUAL', 'OPTIONAL_MUTUAL', 'ISTIO_MUTUAL'), 4),
  trusted: CAS,
  crl: rarely(fc.constant(true), 4),
  sans: rarely(mostly(['alb.example', 'other.example'], some(['alb.example', 'other.example']), 3), 3),
  hosts: mostly<readonly string[]>(NAMES, some(NAMES)),
  plain: pick('absent', 'served', 'redirected'),
})

const rule = fc.record({
  from: maybe(
    pick<readonly object[]>(
      [{ source: { principals: ['cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account'] } }],
      [{ source: { namespaces: ['istio-system'] } }],
      [{ source: { notNamespaces: ['istio-system'] } }],
      [{ source: { ipBlocks: ['198.51.100.0/24', '127.0.0.0/8'] } }],
    ),
  ),
  to: maybe(
    pick<readonly object[]>(
      [{ operation: { paths: ['/status/*'] } }],
      [{ operation: { methods: ['GET', 'HEAD'] } }],
      [{ operation: { hosts: ['app.shop.example'] } }],
      [{ operation: { notPaths: ['/status/418'] } }],
    ),
  ),
  when: rarely(
    pick<readonly object[]>(
      [{ key: 'request.headers[x-a]', values: ['1'] }],
      [{ key: 'connection.sni', values: ['gw.example', '*.gw.example'] }],
    ),
    4,
  ),
})
const policies = rarely(
  fc.array(fc.record({ action: pick('ALLOW', 'DENY'), rules: fc.array(rule, { maxLength: 2 }) }), {
    minLength: 1,
    maxLength: 2,
  }),
  5,
)

const application = fc.record({
  injected: pick(true, true, true, false),
  hosts: mostly<readonly string[]>(NAMES, some(NAMES)),
  prefix: mostly('/', pick('/status', '/status/4'), 2),
  rewrite: rarely(fc.record({ uri: pick('/status', '/'), authority: maybe(pick('inner.example')) }), 4),
  mtls: pick('STRICT', 'STRICT', 'PERMISSIVE', 'DISABLE', undefined),
  replicas: mostly(1, fc.constant(0), 12),
})

const drawn = fc.record({
  alb: leaf(['shop.example', '*.shop.example']),
  albClient: leaf(['alb.example']),
  gw: leaf(['gw.example', '*.gw.example']),
  door,
  gateway,
  application,
  atGateway: policies,
  atApplication: policies,
})
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never

/** Clients of requests: one that every gateway should take, and others. */
export const CLIENTS = {
  good: { issuer: 'public', names: ['alb.example'] },
  other: { issuer: 'public', names: ['other.example'] },
  foreign: { issuer: 'private', names: ['alb.example'] },
  below: { issuer: 'sub', names: ['alb.example'], chain: ['sub'] },
  expired: { issuer: 'public', names: ['alb.example'], expired: true },
  revoked: { issuer: 'public', names: ['alb.example'], revoked: true },
  serving: { issuer: 'public', names: ['alb.example'], purposes: ['serverAuth'] },
} as const

const settings = ({
  alb,
  albClient,
  gw,
  door: { trusted, client, asks },
  gateway: { trusted: ca, crl },
}: Drawn) => ({
  kind: 'Case',
  authorities: { public: {}, private: {}, sub: { parent: 'public' } },
  credentials: { alb, albClient, gw, ...CLIENTS },
  // Where the gateway has no listener, nothing answers.
  backends: [
    { port: 8080, down: true },
    { port: 8443, down: true },
  ],
  secrets: [
    { name: 'istio-system/shop', 'tls.crt': 'alb.crt', 'tls.key': 'alb.key' },
    { name: 'istio-system/gw', 'tls.crt': 'gw.crt', 'tls.key': 'gw.key' },
    {
      name: 'istio-system/gw-cacert',
      'ca.crt': ca,
      ...(crl ? { 'ca.crl': 'public.crl+private.crl+sub.crl' } : {}),
    },
    {
      name: 'istio-system/alb-certs',
      'trusted.crt': trusted,
      ...(client ? { 'client.crt': 'albClient.crt', 'client.key': 'albClient.key' } : {}),
    },
    ...(asks ? [{ name: 'istio-system/clients', 'ca.crt': asks }] : []),
  ],
})

const object = (
  kind: string,
  apiVersion: string,
  namespace: string,
  name: string,
  spec: object,
  more = {},
) => ({
  apiVersion,
  kind,
  metadata: { name, namespace, ...more },
  spec,
})

function workload({ injected, replicas }: Drawn['application']): readonly object[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'web', ...(injected ? { labels: { 'istio-injection': 'enabled' } } : {}) },
    },
    object('Service', 'v1', 'web', 'app', {
      selector: { app: 'app' },
      ports: [{ name: 'http', port: 8000, targetPort: 80 }],
    }),
    object('Deployment', 'apps/v1', 'web', 'app', {
      replicas,
      selector: { matchLabels: { app: 'app' } },
      template: {
        metadata: { labels: { app: 'app' } },
        spec: { serviceAccountName: 'app', containers: [{ name: 'app', ports: [{ containerPort: 80 }] }] },
      },
    }),
  ]
}

function sslServices({ ssl, name, depth }: Drawn['door']): Record<string, string> {
  if (ssl === 'none') return {}
  const words = ['ssl-service=istio-ingressgateway']
  if (ssl !== 'bare') words.push('ssl-secret=alb-certs')
  if (ssl !== 'bare' && depth) words.push(`proxy-ssl-verify-depth=${depth}`)
  if (ssl === 'named') words.push(`proxy-ssl-name=${name}`)
  return { 'ingress.bluemix.net/ssl-services': words.join(' ') }
}

function ingress(one: Drawn['door']): object {
  const hosts = ['app.shop.example', 'b.shop.example']
  const { asks, redirect, path, port } = one
  return object(
    'Ingress',
    'networking.k8s.io/v1',
    'istio-system',
    'door',
    {
      tls: [{ hosts, secretName: 'shop' }],
      rules: hosts.map((host) => ({
        host,
        http: {
          paths: [
            {
              path,
              pathType: 'Prefix',
              backend: { service: { name: 'istio-ingressgateway', port: { number: port } } },
            },
          ],
        },
      })),
    },
    {
      annotations: {
        ...sslServices(one),
        ...(redirect ? { 'ingress.bluemix.net/redirect-to-https': 'True' } : {}),
        ...(asks ? { 'ingress.bluemix.net/mutual-auth': 'port=443 secretName=clients' } : {}),
      },
    },
  )
}

function mesh({ gateway: { mode, sans, hosts, plain }, application: app }: Drawn): readonly object[] {
  const tls = {
    mode,
    ...(mode === 'ISTIO_MUTUAL' ? {} : { credentialName: 'gw' }),
    ...(sans ? { subjectAltNames: sans } : {}),
  }
  const redirect = plain === 'redirected' ? { tls: { httpsRedirect: true } } : {}
  return [
    object('Gateway', 'networking.istio.io/v1', 'istio-system', 'door', {
      selector: { istio: 'ingressgateway' },
      servers: [
        { port: { number: 443, name: 'https', protocol: 'HTTPS' }, tls, hosts },
        ...(plain === 'absent'
          ? []
          : [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, ...redirect, hosts: ['*'] }]),
      ],
    }),
    object('VirtualService', 'networking.istio.io/v1', 'web', 'app', {
      hosts: app.hosts,
      gateways: ['istio-system/door'],
      http: [
        {
          name: 'first',
          match: [{ uri: { prefix: app.prefix } }],
          ...(app.rewrite ? { rewrite: app.rewrite } : {}),
          route: [{ destination: { host: 'app.web.svc.cluster.local', port: { number: 8000 } } }],
        },
      ],
    }),
    ...(app.mtls
      ? [object('PeerAuthentication', 'security.istio.io/v1', 'web', 'default', { mtls: { mode: app.mtls } })]
      : []),
  ]
}

const authorization = (namespace: string, labels: object, all: Drawn['atGateway']): readonly object[] =>
  (all ?? []).map((spec, index) =>
    object('AuthorizationPolicy', 'security.istio.io/v1', namespace, `p${index}`, {
      selector: { matchLabels: labels },
      ...spec,
    }),
  )

function textOf(one: Drawn): string {
  const objects = [
    ...workload(one.application),
    ingress(one.door),
    ...mesh(one),
    ...authorization('istio-system', { istio: 'ingressgateway' }, one.atGateway),
    ...authorization('web', { app: 'app' }, one.atApplication),
  ]
  return [settings(one), ...objects].map((document) => JSON.stringify(document, null, 1)).join('\n---\n')
}

/** The text of a case. */
export const chainCase: fc.Arbitrary<string> = drawn.map(textOf)
