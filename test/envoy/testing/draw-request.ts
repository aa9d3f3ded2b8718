// Random requests.
import fc from 'fast-check'
import { maybe, pick, present, rarely } from './draw.ts'
import { text } from './draw-match.ts'
import { DEEDS } from './programs.ts'

/** One request. */
export interface Asked {
  readonly tls: boolean
  readonly protocol: 'http1' | 'http2'
  readonly sni: string
  readonly client?: 'good' | 'other' | 'foreign' | 'expired'
  readonly method: string
  readonly host: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: number
  /** How the body is framed; absent: by its length. `expect`: that, sent once the proxy says continue. */
  readonly framing?: 'chunked' | 'expect'
  /** The authority of an absolute-form target (HTTP/1.1). */
  readonly absolute?: string
  readonly upgrade?: string
}

export const asked: fc.Arbitrary<Asked> = fc
  .record({
    tls: fc.boolean(),
    sni: pick('a.test', 'x.w.test', 'b.test', 'other.test', ''),
    client: maybe(pick('good', 'other', 'foreign', 'expired')),
    method: pick('GET', 'GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE'),
    host: pick(
      'a.test',
      'a.test',
      'b.test',
      'x.w.test',
      'y.x.w.test',
      'w.test',
      'other.test',
      'A.Test',
      'a.test:8080',
      'a.test.',
    ),
    path: fc
      .tuple(
        fc.array(
          pick(
            '/a',
            '/b',
            '/',
            '/a/',
            '/..',
            '/.',
            '/%61',
            '/a%20b',
            '/%2Fa',
            '/%2e%2e',
            '\\b',
            '//',
            '/B',
            ';p',
            '/a%zz',
            '/%00',
            '%7e',
            '%5C',
          ),
          { minLength: 1, maxLength: 3 },
        ),
        pick('', '', '?', '?q=1', '?q=ab&r=%61', '?r', '?q=a%20b&q=1', '?/../x'),
      )
      .map(([parts, query]) => `${parts.join('').replace(/^[^/]/, '/$&')}${query}`),
    protocol: pick('http1', 'http1', 'http2'),
    deed: rarely(pick(...DEEDS), 3),
    grpc: rarely(fc.constant(true), 6),
    framing: rarely(pick('chunked', 'expect'), 2),
    absolute: rarely(pick('a.test', 'B.test', 'other.test:81'), 10),
    upgrade: rarely(pick('websocket', 'websocket', 'WebSocket', 'other'), 10),
    repeated: fc.array(fc.tuple(pick('x-a', 'x-b'), text), { maxLength: 1 }),
    headers: fc.uniqueArray(
      fc.oneof(
        fc.tuple(pick('x-a', 'x-b', 'x-c'), text),
        pick<readonly [string, string]>(
          ['x-forwarded-for', '1.2.3.4'],
          ['x-forwarded-proto', 'https'],
          ['x-forwarded-client-cert', 'By=x;URI=spiffe://evil'],
          ['x-envoy-original-path', '/evil'],
          ['x-sallyport-reason', 'evil'],
          ['origin', 'https://o.test'],
          ['origin', 'https://p.test'],
          ['access-control-request-method', 'PUT'],
          ['user-agent', 'test'],
          ['x-request-id', 'mine'],
          ['cookie', 'a=1; b=2'],
        ),
      ),
      { maxLength: 4, selector: ([name]) => name },
    ),
    body: pick(0, 0, 50, 5000),
  })
  .map(({ deed, grpc, repeated, absolute, upgrade, framing, ...rest }): Asked => {
    const http1 = rest.protocol === 'http1'
    const upgrades = http1 && rest.method === 'GET' && upgrade !== undefined
    const body = upgrades ? 0 : rest.body
    return present({
      ...rest,
      body,
      method: grpc ? 'POST' : rest.method,
      headers: [
        ...rest.headers,
        ...repeated,
        ...(deed === undefined ? [] : [['x-do', deed] as const]),
        ...(grpc
          ? ([
              ['content-type', 'application/grpc'],
              ['te', 'trailers'],
            ] as const)
          : []),
      ],
      framing: body > 0 ? framing : undefined,
      absolute: http1 && !upgrades ? absolute : undefined,
      upgrade: upgrades && !grpc ? upgrade : undefined,
    }) as Asked
  })
