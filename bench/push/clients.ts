// Light xDS clients in a process of their own: they take everything, acknowledge it, and tell how many bytes that was.
import { XdsClient } from '../../test/envoy/testing/xds-client.ts'

const [address = '', count = '0', hosts = '0'] = process.argv.slice(2)
const clients = Array.from({ length: Number(count) }, (_, index) => {
  const client = new XdsClient({ address, node: `node-${index}` })
  client.subscribe('clusters')
  client.subscribe('endpoints', ['app'])
  client.subscribe('listeners')
  client.subscribe('routes', ['table'])
  client.subscribe('virtualHosts')
  return client
})
await Promise.all(
  clients.map((client) => client.until(() => client.names('virtualHosts').length >= Number(hosts))),
)
process.send?.('ready')
process.on('message', () => process.send?.(clients.reduce((sum, { bytes }) => sum + bytes, 0)))
process.on('disconnect', () => process.exit())
