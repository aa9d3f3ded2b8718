// The article's chain as seen from outside: one trace over all hops at a collector, and figures that are those of the requests.

import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { clusterPaths } from '../../src/control/data/paths.ts'
import { type Collector, collector, type Span } from '../collector.ts'
import { ask } from '../door.ts'
import { envoyBinary } from '../envoy/testing/binary.ts'
import { parseExposition, type Sample, total } from '../exposition.ts'
import { has, Workplace } from '../sallyport.ts'
import { type Chain, setUpChain } from './chain.ts'

const able = has('kubectl') && has('curl')
const places: Workplace[] = []
afterAll(() => Promise.all(places.map((place) => place.close())))

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'

async function chainWithCollector(
  receiver: Collector,
  ...options: readonly string[]
): Promise<{ readonly place: Workplace; readonly chain: Chain }> {
  const place = new Workplace()
  places.push(place)
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${receiver.port}`
  try {
    return { place, chain: await setUpChain(place, ...options) }
  } finally {
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT']
  }
}

/** A request through both doors that somebody traces. */
async function teapot({ place, chain }: { readonly place: Workplace; readonly chain: Chain }): Promise<void> {
  const door = chain.summary.doors.find((one) => one.kind === 'alb')
  const ca = readFileSync(join(place.scratch, 'root.pem'))
  const name = `httpbin.${door?.domain}`
  const headers = { host: name, traceparent: `00-${TRACE}-${PARENT}-01` }
  expect((await ask(door?.https ?? '', name, '/status/418', { ca }, { headers })).status).toBe(418)
}

async function metrics(place: Workplace): Promise<readonly Sample[]> {
  const { socket } = clusterPaths(place.data, 'mycluster')
  const text = await new Promise<string>((resolve, reject) => {
    request({ socketPath: socket, path: '/metrics' }, (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve(body))
    })
      .on('error', reject)
      .end()
  })
  return parseExposition(text)
}

/** What `/metrics` tells of ten requests more: one for each hop and request, with both ends named. */
async function countsAreThoseOfRequests(world: Parameters<typeof teapot>[0]): Promise<void> {
  const count = async (labels: Readonly<Record<string, string>>) =>
    total(await metrics(world.place), 'istio_requests_total', { response_code: '418', ...labels })
  const hops = [
    {
      proxy: 'gateway/istio-system/istio-ingressgateway',
      reporter: 'source',
      destination_service_name: 'httpbin',
    },
    {
      reporter: 'destination',
      destination_service_name: 'httpbin',
      connection_security_policy: 'mutual_tls',
    },
  ]
  const before = await Promise.all(hops.map(count))
  for (let i = 0; i < 10; i++) await teapot(world)
  expect(await Promise.all(hops.map(count))).toEqual(before.map((one) => one + 10))
}

describe.skipIf(!able)('telemetry of the article (needs kubectl and curl)', () => {
  it.each(['node', ...(envoyBinary === undefined ? [] : ['envoy'])])(
    'one trace over ALB, gateway and sidecar on %s',
    async (engine) => {
      const receiver = await collector()
      const world = await chainWithCollector(receiver, '--engine', engine)
      await teapot(world)
      const spans = await receiver.until(3, ({ traceId }) => traceId === TRACE)
      const of = (test: (span: Span) => boolean) => spans.find(test)
      const alb = of(({ service }) => service.endsWith('.kube-system'))
      const gateway = of(({ service }) => service === 'istio-ingressgateway.istio-system')
      const sidecar = of(({ service }) => service.startsWith('httpbin.'))
      expect(spans).toHaveLength(3)
      expect(alb).toMatchObject({ parentId: PARENT, kind: 'server', name: 'ingress' })
      expect(gateway).toMatchObject({ parentId: alb?.spanId, kind: 'client' })
      expect(gateway?.name).toBe('httpbin.httptools.svc.cluster.local:8000/status*')
      expect(sidecar).toMatchObject({ parentId: gateway?.spanId, kind: 'server', name: gateway?.name })
      for (const { attributes } of [alb, gateway, sidecar] as Span[]) {
        expect(attributes).toMatchObject({
          'http.status_code': '418',
          'http.method': 'GET',
          component: 'proxy',
        })
      }
      // An exposition that a scraper cannot read throws.
      expect(total(await metrics(world.place), 'sallyport_model_version')).toBeGreaterThan(0)
      if (engine === 'node') await countsAreThoseOfRequests(world)
      expect(gateway?.attributes).toMatchObject({
        'istio.namespace': 'istio-system',
        'istio.mesh_id': 'cluster.local',
      })
    },
  )
})
