import { expect, it } from 'vitest'
import { ENDPOINT_SLICE, ENDPOINTS, SERVICE } from '../resources/kinds.ts'
import { firstAddress } from './boot.ts'
import { startTestServer } from './testing/test-server.ts'

it.each([
  ['10.96.0.0/16', '10.96.0.1'],
  ['127.7.16.0/20', '127.7.16.1'],
  ['127.7.20.5/20', '127.7.16.1'],
  ['192.168.1.128/25', '192.168.1.129'],
])('the first address of %s is %s', (cidr, address) => {
  expect(firstAddress(cidr)).toBe(address)
})

it('points Service kubernetes at the server, and puts it back when it is deleted', async () => {
  const server = await startTestServer()
  const { client } = server
  const service = await client.get(SERVICE, 'kubernetes', 'default')
  expect(service).toMatchObject({ spec: { clusterIP: '10.96.0.1' } })
  expect(await client.get(ENDPOINTS, 'kubernetes', 'default')).toMatchObject({
    subsets: [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ port: server.port }] }],
  })
  expect(await client.get(ENDPOINT_SLICE, 'kubernetes', 'default')).toMatchObject({
    endpoints: [{ addresses: ['127.0.0.1'] }],
  })
  const services = await client.informer(SERVICE)
  const back = new Promise<string | undefined>((resolve) => {
    services.on(({ type, object }) => type === 'ADDED' && resolve(object.metadata.uid))
  })
  await client.delete(SERVICE, 'kubernetes', 'default')
  expect(await back).not.toBe(service?.metadata.uid)
  services.close()
  await server.close()
})
