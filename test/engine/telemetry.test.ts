// What is written down of a request: Istio's log in both formats, the ALB's, and the metrics.
import { expect, test } from 'vitest'
import { backend } from './testing/backend.ts'
import { ask, raw } from './testing/client.ts'
import { gateway } from './testing/gateway.ts'
import { albManager, cluster, endpoint, forward, route, table, virtualHost } from './testing/model.ts'

test('Istio’s text line has its fields in its order', async () => {
  const app = await backend()
  const { port, log } = await gateway(
    [route(forward('app'), { name: 'my-route' })],
    [cluster('outbound|80||app', [endpoint(app.port)])].map((one) => ({ ...one, name: 'app' })),
    { accessLog: 'istio-text' },
  )
  await ask({
    port,
    path: '/x?y',
    method: 'POST',
    body: 'hello',
    headers: { host: 'h.test', 'user-agent': 'a "b"', 'x-forwarded-for': '1.2.3.4' },
  })
  expect(log[0]?.proxy).toBe('gateway')
  expect(log[0]?.line).toMatch(
    new RegExp(
      [
        '^\\[\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z\\]',
        '"POST /x\\?y HTTP/1\\.1" 200 - via_upstream - "-" 5 \\d+ \\d+ \\d+',
        '"1\\.2\\.3\\.4,127\\.0\\.0\\.1" "a \\\\x22b\\\\x22" "[0-9a-f-]{36}" "h\\.test"',
        `"127\\.0\\.0\\.1:${app.port}" app 127\\.0\\.0\\.1:\\d+ 127\\.0\\.0\\.1:${port} 127\\.0\\.0\\.1:\\d+ - my-route$`,
      ].join(' '),
    ),
  )
})

test('a line cannot be split by what a client sends', async () => {
  const { port, log } = await gateway([], [], { accessLog: 'istio-text' })
  const client = await raw(
    port,
    'GET /a HTTP/1.1\r\nHost: a\r\nUser-Agent: x\u0085y\r\n\r\nGET /\x01 HTTP/1.1\r\n\r\n',
  )
  await client.end()
  expect(log).toHaveLength(2)
  for (const { line } of log) expect(line).not.toMatch(/[\r\n]/)
  expect(log[1]?.line).toContain('400 DPE http1.bad_target')
})

test('the ALB’s line is JSON with nginx’s words', async () => {
  const app = await backend()
  const { port, logged } = await gateway(
    albManager(table(virtualHost(['*'], [route(forward('app'))])), { accessLog: 'iks-json' }),
    [cluster('app', [endpoint(app.port)])],
  )
  await ask({ port, path: '/x?y', headers: { host: 'h.test' } })
  expect(logged()[0]).toEqual({
    time_date: expect.stringMatching(/^\d{4}-/),
    client: '127.0.0.1',
    host: 'h.test',
    scheme: 'http',
    request_method: 'GET',
    request_uri: '/x',
    request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    status: 200,
    upstream_addr: `127.0.0.1:${app.port}`,
    upstream_status: '200',
    request_time: expect.stringMatching(/^\d+\.\d{3}$/),
    upstream_response_time: expect.stringMatching(/^\d+\.\d{3}$/),
    upstream_connect_time: expect.stringMatching(/^\d+\.\d{3}$/),
    upstream_header_time: expect.stringMatching(/^\d+\.\d{3}$/),
  })
})

test('metrics: Istio’s names and labels, histograms, gauges', async () => {
  const app = await backend()
  const { port, engine } = await gateway(
    [route(forward('app'), { match: { path: { kind: 'prefix', value: '/ok' } } })],
    [
      cluster('app', [endpoint(app.port, { workload: { namespace: 'ns', name: 'httpbin' } })], {
        service: { name: 'httpbin', namespace: 'ns', host: 'httpbin.ns.svc.cluster.local' },
      }),
    ],
  )
  for (let i = 0; i < 3; i++) await ask({ port, path: '/ok', method: 'POST', body: 'x'.repeat(20) })
  await ask({ port, path: '/none' })
  const metrics = await engine.metrics()
  const line = (name: string, ...labels: readonly string[]): string | undefined =>
    metrics
      .split('\n')
      .find((one) => one.startsWith(`${name}{`) && labels.every((label) => one.includes(label)))
  const good = line('istio_requests_total', 'response_code="200"')
  expect(good).toMatch(/ 3$/)
  for (const label of [
    'proxy="gateway"',
    'reporter="source"',
    'source_workload="gateway"',
    'source_workload_namespace="test"',
    'destination_workload="httpbin"',
    'destination_workload_namespace="ns"',
    'destination_service="httpbin.ns.svc.cluster.local"',
    'destination_service_name="httpbin"',
    'destination_service_namespace="ns"',
    'request_protocol="http"',
    'response_flags="-"',
    'connection_security_policy="unknown"',
  ]) {
    expect(good).toContain(label)
  }
  expect(line('istio_requests_total', 'response_code="404"', 'response_flags="NR"')).toMatch(/ 1$/)
  expect(line('istio_request_duration_milliseconds_count', 'response_code="200"')).toMatch(/ 3$/)
  expect(line('istio_request_duration_milliseconds_bucket', 'response_code="200"', 'le="+Inf"')).toMatch(
    / 3$/,
  )
  expect(line('istio_request_bytes_bucket', 'response_code="200"', 'le="10"')).toMatch(/ 0$/)
  expect(line('istio_request_bytes_bucket', 'response_code="200"', 'le="25"')).toMatch(/ 3$/)
  expect(line('istio_request_bytes_sum', 'response_code="200"')).toMatch(/ 60$/)
  expect(line('sallyport_upstream_connections', 'cluster="app"')).toMatch(/ 1$/)
  expect(line('sallyport_requests_active', 'proxy="gateway"')).toMatch(/ 0$/)
  expect(metrics).toContain('# TYPE istio_request_duration_milliseconds histogram')
})
