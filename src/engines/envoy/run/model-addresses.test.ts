import { expect, test } from 'vitest'
import { cluster, endpoint, listener, proxy } from '../../../../test/engine/testing/model.ts'
import { ModelAddresses } from './model-addresses.ts'

const gateway = proxy(
  'gateway',
  [listener(443, [])],
  [cluster('app', [endpoint(80), endpoint(8080)], { protocol: 'tcp' })],
)
const moved = new ModelAddresses((host, port) => ({ host, port: port < 1024 ? port + 20_000 : port }))

test.each([
  ['"127.0.0.1:20080" app - 127.0.0.1:20443 - -', '"127.0.0.1:80" app - 127.0.0.1:443 - -'],
  [
    '{"upstream_host":"127.0.0.1:20080","local":"127.0.0.1:8080"}',
    '{"upstream_host":"127.0.0.1:80","local":"127.0.0.1:8080"}',
  ],
  ['"GET /127.0.0.1:20080 HTTP/1.1" 127.0.0.1:40000', '"GET /127.0.0.1:20080 HTTP/1.1" 127.0.0.1:40000'],
])('%s', (line, written) => {
  expect(moved.written(gateway, line)).toBe(written)
})

test('where nothing is moved a line stays as it is', () => {
  const same = new ModelAddresses((host, port) => ({ host, port }))
  expect(same.written(gateway, '"127.0.0.1:80"')).toBe('"127.0.0.1:80"')
})
