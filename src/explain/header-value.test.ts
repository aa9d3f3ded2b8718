import { describe, expect, it } from 'vitest'
import { HeaderLines } from './header-lines.ts'
import { headerValue, type ValueSource } from './header-value.ts'
import { headerChanges, mutateHeaders } from './rewrite.ts'

const flight: ValueSource['flight'] = {
  ...{ method: 'GET', scheme: 'https', authority: 'a.test', target: '/p?q=1', version: 'HTTP/2' },
  headers: new HeaderLines([
    ['x-a', '1'],
    ['x-a', '2'],
    ['x-forwarded-for', '1.1.1.1'],
    ['x-forwarded-for', '2.2.2.2'],
  ]),
}
const source: ValueSource = {
  flight,
  headers: flight.headers,
  approach: {
    ...{ address: '127.0.0.9', port: 443, opening: { transport: 'tls', sni: 'a.test', alpn: [] } },
    ...{ client: { name: 'c', chain: [], trust: 'off' }, sourceIp: '127.0.0.1', flight },
  },
  ...{ clientAddress: '1.1.1.1', peer: undefined, route: 'r0', cluster: 'c0' },
}
const value = (text: string): string => headerValue(text, source)

describe('the value of a header rule', () => {
  it('is the first line of a header that stands several times, and all of one that proxies read themselves', () => {
    expect(value('%REQ(x-a)%')).toBe('1')
    expect(value('%REQ(x-forwarded-for)%')).toBe('1.1.1.1,2.2.2.2')
    expect(value('%REQ(x-none?x-a)%%REQ(x-none)%')).toBe('1')
  })

  it('holds what is known of the request and its connection', () => {
    expect(value('%PROTOCOL% %REQ(:method)% %REQ(:path)% %ROUTE_NAME% %UPSTREAM_CLUSTER%')).toBe(
      'HTTP/2 GET /p?q=1 r0 c0',
    )
    expect(value('%REQUESTED_SERVER_NAME%@%DOWNSTREAM_LOCAL_ADDRESS%')).toBe('a.test@127.0.0.9:443')
    expect(value('%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%')).toBe('1.1.1.1')
    expect(value('100%% %REQ(:authority):3%')).toBe('100% a.t')
  })

  it('leaves a command that only an engine can carry out as it is written, and has nothing for one that nobody knows', () => {
    expect(value('<%START_TIME%> <%NOBODY_KNOWS%>')).toBe('<%START_TIME%> <>')
  })

  it('cannot split a message', () => {
    expect(value('a\r\nb')).toBe('ab')
  })
})

describe('header rules', () => {
  it('are worked out before any is written, line by line', () => {
    const after = mutateHeaders(
      new HeaderLines([['x-a', '']]),
      { add: [['x-a', '%REQ(x-b)%more']], set: [['x-b', '%REQ(x-a)%-']] },
      (text, headers) => headerValue(text, { ...source, headers }),
    )
    expect(after.lines).toEqual([
      ['x-a', ''],
      ['x-b', '-'],
      ['x-a', 'more'],
    ])
    expect(mutateHeaders(after, { set: [['x-b', '']], remove: ['x-a'] }).lines).toEqual([])
  })

  it('are shown by name, several lines as one list', () => {
    const before = new HeaderLines([['x-a', '1']])
    expect(headerChanges(before, before.add('x-a', '2'))).toEqual([{ name: 'x-a', from: '1', to: '1,2' }])
  })
})
