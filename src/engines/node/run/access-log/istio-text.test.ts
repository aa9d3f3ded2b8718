import { expect, test } from 'vitest'
import { type IstioFields, textLine } from './istio-text.ts'

test('nothing that a client says ends its field or the line', () => {
  const fields = {
    start_time: '2026-01-01T00:00:00.000Z',
    method: 'GET',
    path: '/" 200 "x',
    protocol: 'HTTP/1.1',
    user_agent: 'a"b',
    requested_server_name: 'a\n[forged] b"',
  } as unknown as IstioFields
  expect(textLine(fields)).toBe(
    '[2026-01-01T00:00:00.000Z] "GET /\\x22 200 \\x22x HTTP/1.1" "a\\x22b" a\\x0a[forged]_b\\x22',
  )
})
