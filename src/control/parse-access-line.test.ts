import { expect, test } from 'vitest'
import { parseLine } from './parse-access-line.ts'

test('the ALB’s time is the same whoever wrote it: seconds as text, milliseconds as a number', () => {
  const line = (request_time: unknown) =>
    JSON.stringify({ time_date: '2026-11-29T15:00:00.000Z', status: 200, request_time })
  expect(parseLine('alb/a', line('0.012'))?.durationMs).toBe(12)
  expect(parseLine('alb/a', line(12))?.durationMs).toBe(12)
})

test('a line about a lost handshake, as text and as JSON', () => {
  const text =
    '[2026-11-29T15:00:00.000Z] "- - -" 0 - - - "TLS_error:no_certificate" 0 0 0 - "-" "-" "-" "-" "-" - - 127.0.0.1:443 127.0.0.1:5000 a.test -'
  const json = JSON.stringify({
    start_time: '2026-11-29T15:00:00.000Z',
    method: null,
    response_code: 0,
    response_flags: '-',
    upstream_transport_failure_reason: 'TLS_error:no_certificate',
    downstream_local_address: '127.0.0.1:443',
    requested_server_name: 'a.test',
  })
  for (const line of [text, json]) {
    expect(parseLine('gateway/a', line)).toMatchObject({
      status: 0,
      transportFailure: 'TLS_error:no_certificate',
      local: '127.0.0.1:443',
      sni: 'a.test',
    })
  }
})
