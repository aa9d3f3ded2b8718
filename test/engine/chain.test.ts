// The article's chain on the Node engine: client, ALB, gateway with mutual TLS, sidecar with mesh TLS, program.
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Proxy } from '../../src/ir/proxy.ts'
import { TestAuthority, TestBlobs } from './testing/certificates.ts'
import { testEngine } from './testing/engine.ts'
import {
  albManager,
  chain,
  cluster,
  endpoint,
  forward,
  freePort,
  listener,
  manager,
  proxy,
  route,
  table,
  virtualHost,
} from './testing/model.ts'

const ALB_HOST = 'httpbin.alb.test'
const GATEWAY_HOST = 'gateway.test'

async function world() {
  const app = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.statusCode = request.url === '/status/418' ? 418 : 200
      response.end(
        JSON.stringify({
          url: request.url,
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
  })
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void app.close())
  const appPort = (app.address() as AddressInfo).port
  const [albPort, gatewayPort, sidecarPort] = [await freePort(), await freePort(), await freePort()]

  const blobs = new TestBlobs()
  const issuer = new TestAuthority(blobs, 'Issuer')
  const mesh = new TestAuthority(blobs, 'Mesh')
  const albCert = issuer.leaf({ subject: { commonName: 'alb.test' }, dns: ['alb.test', '*.alb.test'] })
  const gatewayCert = issuer.leaf({ subject: { commonName: GATEWAY_HOST }, dns: [GATEWAY_HOST] })
  const spiffe = (name: string) => `spiffe://cluster.local/ns/test/sa/${name}`
  const gatewayId = mesh.leaf({ subject: {}, uri: [spiffe('gateway')] })
  const appId = mesh.leaf({ subject: {}, uri: [spiffe('httpbin')] })

  const alb: Proxy = proxy(
    'alb/public',
    [
      listener(albPort, [
        chain(albManager(table(virtualHost([ALB_HOST], [route(forward('gateway'))]))), {
          match: { transport: 'tls', serverNames: [ALB_HOST] },
          tls: { certificates: [albCert.ref], alpn: ['http/1.1'], clientCertificate: { mode: 'none' } },
        }),
      ]),
    ],
    [
      cluster('gateway', [endpoint(gatewayPort)], {
        tls: {
          when: 'always',
          context: {
            sni: GATEWAY_HOST,
            verify: { trust: issuer.trust, names: [{ kind: 'dns', value: GATEWAY_HOST }], depth: 5 },
            certificate: albCert.ref,
            alpn: [],
          },
        },
      }),
    ],
  )
  const gateway: Proxy = proxy(
    'gateway/istio-system/istio-ingressgateway',
    [
      listener(gatewayPort, [
        chain(
          manager(table(virtualHost([GATEWAY_HOST, ALB_HOST], [route(forward('httpbin'))])), {
            forwardClientCert: { mode: 'sanitize-set', details: ['subject', 'dns', 'uri'] },
          }),
          {
            match: { transport: 'tls', serverNames: [GATEWAY_HOST, ALB_HOST] },
            tls: {
              certificates: [gatewayCert.ref],
              alpn: ['h2', 'http/1.1'],
              clientCertificate: { mode: 'require', verify: { trust: issuer.trust } },
            },
          },
        ),
      ]),
    ],
    [
      cluster('httpbin', [endpoint(sidecarPort, { tlsMode: 'istio' })], {
        tls: {
          when: 'endpoint-istio',
          context: {
            sni: 'outbound_.8000_._.httpbin.test.svc.cluster.local',
            verify: { trust: mesh.trust, names: [{ kind: 'literal', value: spiffe('httpbin') }] },
            certificate: gatewayId.ref,
            alpn: ['istio-http/1.1', 'istio', 'http/1.1'],
          },
        },
      }),
    ],
  )
  const sidecar: Proxy = proxy(
    'sidecar/test/httpbin',
    [
      listener(sidecarPort, [
        chain(
          manager(table(virtualHost(['*'], [route(forward('inbound'))])), {
            forwardClientCert: { mode: 'append-forward', details: ['subject', 'dns', 'uri'] },
            clientAddress: { useRemoteAddress: false, trustedHops: 0 },
          }),
          {
            match: { transport: 'tls' },
            tls: {
              certificates: [appId.ref],
              alpn: ['h2', 'http/1.1'],
              clientCertificate: {
                mode: 'require',
                verify: {
                  trust: mesh.trust,
                  names: [{ kind: 'uri-prefix', value: 'spiffe://cluster.local/' }],
                },
              },
            },
          },
        ),
      ]),
    ],
    [cluster('inbound', [endpoint(appPort)])],
  )
  return {
    blobs,
    issuer,
    mesh,
    albCert,
    alb,
    gateway,
    sidecar,
    albPort,
    gatewayPort,
    sidecarPort,
    spiffe,
    ca: issuer.authority.certificate,
  }
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

function ask(options: RequestOptions, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = ('ca' in options ? httpsRequest : httpRequest)(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

describe.each(['wire', 'memory'] as const)('hops over %s', (hops) => {
  test('a request passes both doors and reaches the program with the identity of each hop', async () => {
    const { blobs, alb, gateway, sidecar, albPort, ca, spiffe } = await world()
    const { use } = testEngine(blobs, { hops })
    expect(await use(alb, gateway, sidecar)).toEqual([])
    const to = {
      host: '127.0.0.1',
      port: albPort,
      servername: ALB_HOST,
      ca,
      headers: { host: ALB_HOST },
      agent: false,
    }
    for (let i = 0; i < 5; i++) expect((await ask({ ...to, path: '/status/418' })).status).toBe(418)
    const teapot = await ask({ ...to, path: '/status/418' })
    expect(teapot.status).toBe(418)
    const post = await ask({ ...to, path: '/anything?a=b', method: 'POST' }, 'hello'.repeat(1000))
    expect(post.status).toBe(200)
    const seen = JSON.parse(post.body) as { url: string; headers: Record<string, string>; body: string }
    expect(seen.url).toBe('/anything?a=b')
    expect(seen.body).toBe('hello'.repeat(1000))
    expect(seen.headers['host']).toBe(ALB_HOST)
    expect(seen.headers['x-forwarded-for']).toBe('127.0.0.1,127.0.0.1')
    expect(seen.headers['x-forwarded-proto']).toBe('https')
    expect(seen.headers['x-forwarded-client-cert']).toMatch(
      /^Hash=[0-9a-f]{64};Subject="CN=alb.test";URI=;DNS=alb.test;DNS=\*.alb.test,By=spiffe:.*\/httpbin;Hash=[0-9a-f]{64};Subject="";URI=/,
    )
    expect(seen.headers['x-forwarded-client-cert']).toContain(`URI=${spiffe('gateway')}`)
    expect(post.headers['server']).toBeUndefined()
  })

  test('the gateway refuses a client without certificate, the sidecar refuses plaintext', async () => {
    const { blobs, alb, gateway, sidecar, gatewayPort, sidecarPort, ca, albCert } = await world()
    const { use } = testEngine(blobs, { hops })
    await use(alb, gateway, sidecar)
    const to = {
      host: '127.0.0.1',
      port: gatewayPort,
      servername: GATEWAY_HOST,
      ca,
      headers: { host: GATEWAY_HOST },
      agent: false,
      path: '/status/418',
    }
    await expect(ask(to)).rejects.toThrow(/certificate required/)
    expect((await ask({ ...to, cert: albCert.chain, key: albCert.key })).status).toBe(418)
    await expect(ask({ host: '127.0.0.1', port: sidecarPort, path: '/', agent: false })).rejects.toThrow(
      /ECONNRESET|hang up/,
    )
  })
})
