// Every word that an engine may send as a reason is explained; lines of three formats join into one request.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseLine } from '../../control/parse-access-line.ts'
import { catalogue } from '../../diagnostics/catalogue.ts'
import { responseFlags } from '../flags.ts'
import { plain } from '../paint.ts'
import { explainReason } from './explain-reason.ts'
import { joinHops, seedsOf } from './join.ts'
import type { LoggedHop } from './logged-hop.ts'
import { renderHops } from './render-why.ts'

const engine = fileURLToPath(new URL('../../engines/node/run', import.meta.url))
const sources = readdirSync(engine, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(engine, name), 'utf8'))
  .join('\n')

/** What the node engine writes: literals of `details:`, of failureDetails, and the first words of templates. */
const details = [
  ...sources.matchAll(/details: ['`]([a-z0-9_.]+)/g),
  ...sources.matchAll(/return ['`]((?:upstream|response|no_healthy)_[a-z_]+)/g),
]
  .map(([, word = '']) => word)
  .map((word) => (word === 'upstream_reset_' ? 'upstream_reset_before_response_started' : word))
const flags = [...sources.matchAll(/flag(?:: |\()'([A-Z]+)'/g)].map(([, word = '']) => word)

describe('why', () => {
  it('explains every detail and flag that the engine sends', () => {
    expect(new Set(details).size).toBeGreaterThan(12)
    expect(new Set(flags).size).toBeGreaterThan(8)
    const unexplained = [...new Set([...details, ...flags])].filter(
      (word) => explainReason(word).length !== 1,
    )
    expect(unexplained).toEqual([])
  })

  it('explains every code and every flag', () => {
    for (const word of [...Object.keys(catalogue), ...Object.keys(responseFlags)])
      expect(explainReason(word).map((one) => one.word)).toEqual([word])
  })

  it('takes a whole reason apart', () => {
    const reason = 'URX,UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:_a,_b}'
    expect(explainReason(reason).map(({ kind }) => kind)).toEqual(['flag', 'flag', 'details'])
    expect(explainReason('8c1f-nothing')).toEqual([])
  })
})

const iks = (extra: object = {}) =>
  JSON.stringify({
    time_date: '2026-01-15T10:00:00.000Z',
    host: 'shop.example',
    scheme: 'https',
    request_method: 'GET',
    request_uri: '/a',
    request_id: 'abc',
    status: 503,
    upstream_addr: '10.0.0.2:8443',
    request_time: '0.020',
    ...extra,
  })
const gateway =
  '[2026-01-15T10:00:00.004Z] "GET /a HTTP/1.1" 503 UH no_healthy_upstream - "-" 0 19 3 - "1.2.3.4" "curl/8" "id-1" "shop.example" "-" outbound|80||web.default.svc.cluster.local - 10.0.0.2:8443 10.0.0.1:4711 shop.example web-route'

describe('joining', () => {
  const hops = [
    parseLine('alb/one', iks({ request_id: 'before', time_date: '2026-01-15T09:59:00.000Z' })),
    parseLine('gateway/istio-system/gw', gateway),
    parseLine('alb/one', iks()),
  ].flatMap((hop) => hop ?? [])

  const joined = (id: string | undefined) => joinHops(hops, seedsOf(hops, id))

  it('orders doors by who connected to whom where their times are the same', () => {
    const at = (proxy: string, local: string, upstreamHost: string) => ({
      ...(hops[1] as LoggedHop),
      proxy,
      local,
      upstreamHost,
      requestId: 'same',
      start: 1000,
      durationMs: 2,
    })
    const all = [at('sidecar', 'c:1', 'd:1'), at('gateway', 'b:1', 'c:1'), at('alb', 'a:1', 'b:1')]
    expect(joinHops(all, seedsOf(all, 'same')).map(({ proxy }) => proxy)).toEqual([
      'alb',
      'gateway',
      'sidecar',
    ])
  })

  it('reads both formats', () => {
    expect(hops[1]).toMatchObject({
      status: 503,
      flags: 'UH',
      details: 'no_healthy_upstream',
      requestId: 'id-1',
      local: '10.0.0.2:8443',
      sni: 'shop.example',
      durationMs: 3,
    })
    expect(hops[2]).toMatchObject({
      status: 503,
      authority: 'shop.example',
      upstreamHost: '10.0.0.2:8443',
      durationMs: 20,
    })
    expect(parseLine('x', 'not a line')).toBeUndefined()
    expect(parseLine('x', '{broken')).toBeUndefined()
  })

  it('joins the load balancer and the gateway by address and time, from either id or from none', () => {
    for (const id of ['abc', 'id-1', undefined])
      expect(joinHops(hops, seedsOf(hops, id)).map(({ requestId }) => requestId)).toEqual(['abc', 'id-1'])
    expect(joined('before')).toHaveLength(1)
    expect(joined('unknown')).toEqual([])
  })

  it('says what the innermost failure means and what to change', () => {
    const text = renderHops(joined('abc'), plain)
    expect(text).toContain('✗ 2  gateway/istio-system/gw  503 UH no_healthy_upstream')
    expect(text).toContain('change  Check the selector')
  })
})
