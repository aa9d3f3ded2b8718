// Findings that no case folder shows, and what holds of all of them.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { issue, NOW, rootPem, secret } from '../../compile/testing/snapshots.ts'
import { createAuthority } from '../../pki/authority.ts'
import { signCrl } from '../../pki/crl.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { Resource } from '../../resources/snapshot.ts'
import { expand } from '../../sources/files/expand/expand.ts'
import { parseObjects } from '../../sources/files/parse.ts'
import { rules } from './rules/index.gen.ts'
import { lintResources, lintYaml } from './testing/lint-yaml.ts'

const DAY = 86_400_000
const meta = (kind: string, name: string, namespace = 'shop'): string =>
  `kind: ${kind}\nmetadata: { name: ${name}, namespace: ${namespace} }`
const shop = `
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { istio-injection: enabled } }
---
apiVersion: v1
${meta('Service', 'web')}
spec: { selector: { app: web }, ports: [{ name: http, port: 80 }] }
---
apiVersion: apps/v1
${meta('Deployment', 'web')}
spec: { selector: { matchLabels: { app: web } }, template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: echo }] } } }
---
`
const istio = 'apiVersion: networking.istio.io/v1'
const codes = (text: string, secrets: readonly Resource[] = []): readonly string[] => [
  ...new Set(lintYaml(shop + text, secrets).map(({ code }) => code)),
]
const pair = issue(['shop.example'])
const tls = secret('istio-system', 'tls', { 'tls.crt': pair.crt, 'tls.key': pair.key })
const ca = secret('istio-system', 'tls-cacert', { 'ca.crt': rootPem })
const gateway = (server: string): string =>
  `${istio}\n${meta('Gateway', 'gw')}\nspec:\n  selector: { istio: ingressgateway }\n  servers:\n    - ${server}\n---\n`
const routes = (http: string, hosts = '[shop.example]', gateways = '[gw]', name = 'vs'): string =>
  `${istio}\n${meta('VirtualService', name)}\nspec: { hosts: ${hosts}, gateways: ${gateways}, http: ${http} }\n---\n`
const toWeb = 'route: [{ destination: { host: web } }]'

describe('lint', () => {
  it('finds nothing in a shop that is in order', () => {
    expect(codes('')).toEqual([])
    const server =
      '{ port: { number: 443, name: https, protocol: HTTPS }, hosts: [shop.example], tls: { mode: SIMPLE, credentialName: tls } }'
    expect(codes(gateway(server) + routes(`[{ ${toWeb} }]`), [tls])).toEqual([])
  })

  it.each([
    [
      'a host that the certificate does not have',
      'SP0207',
      gateway(
        '{ port: { number: 443, name: https, protocol: HTTPS }, hosts: [other.example], tls: { mode: SIMPLE, credentialName: tls } }',
      ),
    ],
    [
      'HTTPS without tls',
      'SP0408',
      gateway('{ port: { number: 443, name: https, protocol: HTTPS }, hosts: [shop.example] }'),
    ],
    [
      'an annotation of the load balancer on a Service',
      'SP0310',
      `apiVersion: v1\nkind: Service\nmetadata: { name: s, namespace: shop, annotations: { ingress.bluemix.net/redirect-to-https: "True" } }\nspec: { clusterIP: None, ports: [] }`,
    ],
    [
      'a destination of weight 0',
      'SP0509',
      gateway('{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }') +
        routes(
          '[{ route: [{ destination: { host: web }, weight: 100 }, { destination: { host: web }, weight: 0 }] }]',
        ),
    ],
    [
      'a route inside of another',
      'SP0508',
      gateway('{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }') +
        routes(
          `[{ match: [{ uri: { prefix: /a } }], ${toWeb} }, { match: [{ uri: { exact: /a/b }, method: { exact: GET } }], ${toWeb} }]`,
        ),
    ],
    [
      'two VirtualServices of one host in the mesh',
      'SP0511',
      routes(`[{ ${toWeb} }]`, '[web]', '[mesh]', 'one') +
        routes(`[{ ${toWeb} }]`, '[web.shop.svc.cluster.local]', '[mesh]', 'two'),
    ],
    [
      'a match on a claim',
      'SP0512',
      routes(
        `[{ match: [{ headers: { "@request.auth.claims[sub]": { exact: a } } }], ${toWeb} }]`,
        '[web]',
        '[mesh]',
      ),
    ],
    [
      'tokens that nothing asks for',
      'SP0608',
      `apiVersion: security.istio.io/v1\n${meta('RequestAuthentication', 'r', 'istio-system')}\nspec: { jwtRules: [{ issuer: a, jwks: x }] }`,
    ],
    [
      'two rules for one issuer',
      'SP0609',
      `apiVersion: security.istio.io/v1\n${meta('RequestAuthentication', 'r', 'istio-system')}\nspec: { jwtRules: [{ issuer: a, jwks: x }, { issuer: b }, { issuer: a, jwks: y }] }`,
    ],
    [
      'a DestinationRule of nobody',
      'SP0513',
      `${istio}\n${meta('DestinationRule', 'dr')}\nspec: { host: wbe }`,
    ],
    [
      'a selector of nobody',
      'SP0604',
      `apiVersion: security.istio.io/v1\n${meta('AuthorizationPolicy', 'p')}\nspec: { selector: { matchLabels: { app: wbe } }, rules: [{}] }`,
    ],
    [
      'a Telemetry of nobody, also where policies would look into every namespace',
      'SP0604',
      `apiVersion: telemetry.istio.io/v1\n${meta('Telemetry', 't', 'istio-system')}\nspec: { selector: { matchLabels: { app: web } }, tracing: [{ randomSamplingPercentage: 1 }] }`,
    ],
    [
      'a namespace outside of the mesh',
      'SP0704',
      `apiVersion: v1\nkind: Namespace\nmetadata: { name: out }\n---\napiVersion: v1\n${meta('Pod', 'p', 'out')}\nspec: { containers: [{ name: a, image: b }] }`,
    ],
    [
      'two injection labels',
      'SP0708',
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: two, labels: { istio-injection: enabled, istio.io/rev: x } }',
    ],
    [
      'a port without protocol',
      'SP0706',
      `apiVersion: v1\n${meta('Service', 'other')}\nspec: { selector: { app: web }, ports: [{ name: main, port: 80 }] }`,
    ],
    [
      'Services that disagree',
      'SP0707',
      `apiVersion: v1\n${meta('Service', 'other')}\nspec: { selector: { app: web }, ports: [{ name: tcp, port: 80 }] }`,
    ],
    [
      'Services that give one target port two numbers',
      'SP0714',
      `apiVersion: v1\n${meta('Service', 'other')}\nspec: { selector: { app: web }, ports: [{ name: http, port: 81, targetPort: 80 }] }`,
    ],
    [
      'an annotation of Istio that does not exist',
      'SP0712',
      `apiVersion: v1\n${meta('Pod', 'p').replace('namespace: shop', 'namespace: shop, annotations: { sidecar.istio.io/injekt: "true" }')}\nspec: { containers: [{ name: a, image: b }] }`,
    ],
    [
      'a deprecated annotation of Istio',
      'SP0715',
      `apiVersion: v1\n${meta('Pod', 'p').replace('namespace: shop', 'namespace: shop, annotations: { sidecar.istio.io/inject: "true" }')}\nspec: { containers: [{ name: a, image: b }] }`,
    ],
    [
      'an alpha annotation of Istio',
      'SP0716',
      `apiVersion: v1\n${meta('Service', 's').replace('namespace: shop', 'namespace: shop, annotations: { networking.istio.io/exportTo: "*" }')}\nspec: { clusterIP: None, ports: [] }`,
    ],
    [
      'an annotation of Istio that cannot be read',
      'SP0717',
      `apiVersion: v1\n${meta('Pod', 'p').replace('namespace: shop', 'namespace: shop, annotations: { traffic.sidecar.istio.io/excludeInboundPorts: "80,http" }')}\nspec: { containers: [{ name: a, image: b }] }`,
    ],
    [
      'an annotation of Istio on the wrong kind',
      'SP0718',
      `apiVersion: v1\n${meta('Service', 's').replace('namespace: shop', 'namespace: shop, annotations: { sidecar.istio.io/inject: "true" }')}\nspec: { clusterIP: None, ports: [] }`,
    ],
    [
      'a mesh configuration that is no YAML',
      'SP1102',
      `apiVersion: v1\n${meta('ConfigMap', 'istio', 'istio-system')}\ndata: { mesh: "a: [" }\n---\napiVersion: telemetry.istio.io/v1\n${meta('Telemetry', 't')}\nspec: { accessLogging: [{}] }`,
    ],
    [
      'tracing without a provider',
      'SP1105',
      `apiVersion: telemetry.istio.io/v1\n${meta('Telemetry', 't')}\nspec: { tracing: [{ randomSamplingPercentage: 10 }] }`,
    ],
    [
      'subsets that requests of a gateway do not see',
      'SP0516',
      gateway('{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }') +
        routes(`[{ ${toWeb} }]`) +
        `${istio}\n${meta('DestinationRule', 'dr')}\nspec: { host: web, subsets: [{ name: v1, labels: { app: web } }] }\n---\n` +
        routes('[{ route: [{ destination: { host: web, subset: v1 } }] }]', '[web]', '[mesh]', 'split'),
    ],
    [
      "the sidecar's user",
      'SP0710',
      `apiVersion: v1\n${meta('Pod', 'p')}\nspec: { containers: [{ name: a, image: b, securityContext: { runAsUser: 1337 } }] }`,
    ],
    [
      'image auto without injection',
      'SP0711',
      `apiVersion: v1\n${meta('Pod', 'p', 'default')}\nspec: { containers: [{ name: a, image: auto }] }`,
    ],
  ])('finds %s', (_name, code, text) => {
    expect(codes(text, [tls])).toContain(code)
  })

  it('finds a client that is not among those pinned', () => {
    const server =
      '{ port: { number: 443, name: https, protocol: HTTPS }, hosts: [shop.example], tls: { mode: MUTUAL, credentialName: tls, subjectAltNames: [somebody.example] } }'
    const ingress = (secretName: string): string => `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: in, namespace: istio-system, annotations: { ingress.bluemix.net/ssl-services: "ssl-service=istio-ingressgateway ssl-secret=${secretName} proxy-ssl-name=shop.example" } }
spec: { rules: [{ host: shop.example, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: istio-ingressgateway, port: { number: 443 } } } }] } }] }
`
    const ssl = secret('istio-system', 'ssl', {
      'trusted.crt': rootPem,
      'client.crt': pair.crt,
      'client.key': pair.key,
    })
    expect(codes(gateway(server) + routes(`[{ ${toWeb} }]`) + ingress('ssl'), [tls, ca, ssl])).toEqual([
      'SP1006',
    ])
  })

  it('finds plain HTTP to a TLS port, and TLS to a plain one', () => {
    const servers =
      '{ port: { number: 443, name: https, protocol: HTTPS }, hosts: [shop.example], tls: { mode: SIMPLE, credentialName: tls } }\n    - { port: { number: 80, name: http, protocol: HTTP }, hosts: [shop.example] }'
    const ingress = (port: number, annotation: string): string => `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: in, namespace: istio-system, annotations: { ${annotation} } }
spec: { rules: [{ host: shop.example, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: istio-ingressgateway, port: { number: ${port} } } } }] } }] }
`
    const both = gateway(servers) + routes(`[{ ${toWeb} }]`)
    expect(codes(both + ingress(443, ''), [tls])).toEqual(['SP1008'])
    expect(
      codes(both + ingress(80, 'ingress.bluemix.net/ssl-services: ssl-service=istio-ingressgateway'), [tls]),
    ).toEqual(['SP1012'])
  })

  it('finds a pod that was made before its namespace asked for sidecars', () => {
    const pod = `apiVersion: v1\n${meta('Pod', 'early')}\nspec: { containers: [{ name: a, image: b }] }\n`
    const { resources } = parseObjects(shop + pod, 'in.yaml')
    expect(lintResources(resources).map(({ code }) => code)).toEqual(['SP0705'])
  })

  it('finds a revocation list that is out of date', () => {
    const authority = createAuthority({
      subject: { commonName: 'clients' },
      now: NOW,
      lifetimeMs: 3650 * DAY,
      backdateMs: 90 * DAY,
    })
    const list = { revoked: [], thisUpdate: NOW - 60 * DAY, nextUpdate: NOW - 30 * DAY, number: 1 }
    const clients = secret('istio-system', 'tls-cacert', {
      'ca.crt': authority.certificate,
      'ca.crl': signCrl(list, authority),
    })
    const server =
      '{ port: { number: 443, name: https, protocol: HTTPS }, hosts: [shop.example], tls: { mode: MUTUAL, credentialName: tls } }'
    expect(codes(gateway(server) + routes(`[{ ${toWeb} }]`), [tls, clients])).toEqual(['SP0214'])
  })

  it('finds an annotation of the sidecar that is misspelt', () => {
    const pod = `apiVersion: v1\nkind: Pod\nmetadata: { name: p, namespace: shop, annotations: { sidecar.istio.io/proxyCpu: "1", sidecar.istio.io/proxyCPU: "1" } }\nspec: { containers: [{ name: a, image: b }] }\n`
    const unknown = lintYaml(shop + pod).filter(({ code }) => code === 'SP0712')
    expect(unknown.map(({ origin }) => origin.field)).toEqual([
      'metadata.annotations[sidecar.istio.io/proxyCpu]',
    ])
  })

  it('says nothing twice and names only codes of its rules', () => {
    const all = lintYaml(
      `${shop}${gateway('{ port: { number: 443, name: https, protocol: HTTPS }, hosts: [a.example], tls: { credentialName: none } }')}`,
    )
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(all.length)
    expect(new Set(rules.flatMap((rule) => rule.codes)).size).toBe(rules.flatMap((rule) => rule.codes).length)
  })

  it('tells of the annotations of replicas once', () => {
    const annotated = shop
      .replace(
        'labels: { app: web } }',
        "labels: { app: web }, annotations: { sidecar.istio.io/proxyCPU: '1' } }",
      )
      .replace('spec: { selector: { matchLabels', 'spec: { replicas: 3, selector: { matchLabels')
    expect(lintYaml(annotated).map(({ code }) => code)).toEqual(['SP0716'])
  })

  it('orders findings by file and line', () => {
    const lines = lintYaml(
      `${shop}${routes('[]', '[x.example]', '[none]')}${istio}\n${meta('DestinationRule', 'dr')}\nspec: { host: wbe }`,
    ).map(({ origin }) => origin.line)
    expect(lines).toEqual([...lines].sort((a, b) => (a ?? 0) - (b ?? 0)))
  })
})

const KINDS = [
  ['v1', 'Service'],
  ['v1', 'Pod'],
  ['v1', 'Namespace'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['networking.istio.io/v1', 'Gateway'],
  ['networking.istio.io/v1', 'VirtualService'],
  ['networking.istio.io/v1', 'DestinationRule'],
  ['security.istio.io/v1', 'PeerAuthentication'],
  ['security.istio.io/v1', 'AuthorizationPolicy'],
] as const
const NAMES = [
  'servers',
  'port',
  'number',
  'protocol',
  'name',
  'hosts',
  'tls',
  'mode',
  'credentialName',
  'selector',
  'matchLabels',
  'http',
  'match',
  'uri',
  'prefix',
  'exact',
  'route',
  'destination',
  'host',
  'subset',
  'weight',
  'headers',
  'gateways',
  'rules',
  'from',
  'source',
  'ipBlocks',
  'ports',
  'containers',
  'subsets',
  'labels',
  'trafficPolicy',
  'paths',
  'path',
  'backend',
  'service',
  'image',
  'securityContext',
  'runAsUser',
]
const field = fc.constantFrom(...NAMES)
const { value: anything } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      '',
      0,
      443,
      -1,
      true,
      'HTTPS',
      'MUTUAL',
      'shop.example',
      '*',
      'web',
      '/a',
      '1337',
      'auto',
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(field, tie('value'), { maxKeys: 4 }),
  ),
}))
const object = fc
  .tuple(
    fc.constantFrom(...KINDS),
    fc.dictionary(field, anything, { maxKeys: 5 }),
    fc.constantFrom('a', 'web'),
    anything,
  )
  .map(([[apiVersion, kind], spec, name, labels]): Resource => {
    const value = {
      apiVersion,
      kind,
      metadata: { name, namespace: 'shop', labels },
      spec,
    } as unknown as KubeObject
    return {
      object: value,
      origin: (path) => ({ object: { apiVersion, kind, namespace: 'shop', name }, field: path }),
    }
  })

describe('lint of anything', () => {
  it('never throws, whatever an object holds', () => {
    const sound = lintYaml(shop)
    expect(sound).toEqual([])
    fc.assert(
      fc.property(fc.array(object, { maxLength: 6 }), (resources) => {
        for (const { code, message } of lintResources(resources)) {
          expect(code).toMatch(/^SP\d{4}$/)
          expect(message).not.toContain('A check (')
        }
      }),
      { numRuns: 200 },
    )
  })

  it('keeps the findings on sound objects beside a broken one', () => {
    const broken = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'broken', namespace: 'shop' },
      spec: { host: 7 },
    }
    const rule = { ...broken, metadata: { name: 'sound', namespace: 'shop' }, spec: { host: 'nobody' } }
    const resources = [broken, rule].map(
      (one): Resource => ({
        object: one as unknown as KubeObject,
        origin: () => ({ object: { ...one.metadata, apiVersion: one.apiVersion, kind: one.kind } }),
      }),
    )
    expect(lintResources(expand(resources)).map(({ code }) => code)).toEqual(
      expect.arrayContaining(['SP0105', 'SP0513']),
    )
  })
})
