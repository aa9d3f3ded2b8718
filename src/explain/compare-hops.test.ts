import { describe, expect, it } from 'vitest'
import { hopDifferences } from './compare-hops.ts'
import type { Hop, Outcome, Trace } from './hop.ts'
import type { LoggedHop } from './why/logged-hop.ts'

const hop = (id: string, kind: Hop['proxy']['kind'], endpoint: string): Hop => ({
  ...{ proxy: { id, kind }, address: '127.0.0.1', port: 443, listener: { name: 'l', origin: {} } },
  ...{
    nearMisses: [],
    policies: [],
    headers: [],
    authority: 'a.test',
    route: { name: 'http r', origin: {} },
  },
  upstream: { cluster: 'c', endpoint, tls: 'mutual', alternatives: [] },
})
const traced = (outcome: Partial<Outcome> = {}): Trace => ({
  request: {} as Trace['request'],
  hops: [hop('alb/a', 'alb', '10.0.0.2:8443'), hop('gateway/g', 'gateway', '10.0.0.3:80')],
  outcome: { ...{ kind: 'upstream', ok: true, hop: 1, summary: 's' }, ...outcome },
})
const base = { line: '', time: '', start: 0, durationMs: 1, method: 'GET', status: 200 }
const alb: LoggedHop = { ...base, proxy: 'alb/a', upstreamHost: '10.0.0.2:8443' }
const gateway: LoggedHop = {
  ...{ ...base, proxy: 'gateway/g', local: '10.0.0.2:8443', routeName: 'http_r' },
  ...{ upstreamCluster: 'c', upstreamHost: '10.0.0.3:80' },
}

describe('what the doors wrote', () => {
  it('is as predicted', () => {
    expect(hopDifferences(traced(), [alb, gateway])).toEqual([])
  })

  it('names the door that did something else', () => {
    const [route, flag] = [
      { ...gateway, routeName: 'other' },
      { ...gateway, status: 504, flags: 'UT' },
    ]
    expect(hopDifferences(traced(), [alb, route])).toEqual([
      { hop: 1, proxy: 'gateway/g', what: 'predicted route http r, but it was other' },
    ])
    expect(hopDifferences(traced(), [alb, flag]).map(({ what }) => what)).toEqual([
      'predicted flag none, but it was UT',
    ])
  })

  it('tells a handshake that failed from a chain that is not there, tries before the last left aside', () => {
    const shut = traced({ kind: 'handshake', ok: false, status: 502, flag: 'UF', summary: 'untrusted' })
    const outer = { ...alb, status: 502 }
    const refused: LoggedHop = {
      ...{ ...base, proxy: 'gateway/g', local: '10.0.0.2:8443', method: '-', status: 0 },
      transportFailure: 'TLS_error:x',
    }
    expect(hopDifferences(shut, [outer, refused, refused])).toEqual([])
    expect(hopDifferences(shut, [outer, { ...refused, flags: 'NR' }])[0]?.what).toContain('no chain took')
    expect(hopDifferences(shut, [outer, gateway])[0]?.what).toContain('but it answered 200')
  })
})
