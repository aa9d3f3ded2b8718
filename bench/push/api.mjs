// From the write of one VirtualService to the acknowledged write and to the first request that it serves, through API, compile and Envoy.
//
//   node bench/push/api.mjs [rounds] [routes...] [--engine node|envoy]      default: 50 rounds at 10, 1000 and 10000 routes, Envoy; milliseconds
import { Agent, request } from 'node:http'
import { parseArgs } from 'node:util'
import { BenchCluster, percentile } from '../cluster.mjs'

const { values, positionals } = parseArgs({
  options: { engine: { type: 'string', default: 'envoy' } },
  allowPositionals: true,
})
const [rounds = 50, ...sizes] = positionals.map(Number)
const PER_HOST = 10
const services = '/apis/networking.istio.io/v1/namespaces/default/virtualservices'

const virtualService = (index, round) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: `h${index}`, namespace: 'default' },
  spec: {
    hosts: [`h${index}.test`],
    gateways: ['door'],
    http: Array.from({ length: PER_HOST }, (_, at) => ({
      match: [{ uri: { prefix: `/r${at}` } }],
      directResponse: { status: 200, body: { string: String(round) } },
    })),
  },
})
const door = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'Gateway',
  metadata: { name: 'door', namespace: 'default' },
  spec: {
    selector: { istio: 'ingressgateway' },
    servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
  },
}

const agent = new Agent({ keepAlive: true })
const ask = (address, host) =>
  new Promise((resolve) => {
    request({ ...address, path: '/r3', headers: { host }, agent }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve(text))
    })
      .on('error', () => resolve(''))
      .end()
  })
async function until(address, host, body) {
  while ((await ask(address, host)) !== body) await new Promise((resolve) => setTimeout(resolve, 1))
}

async function must(answer) {
  const { status, text } = await answer
  if (status >= 300) throw new Error(`the API answered ${status}: ${text}`)
}

async function measure(routes) {
  const cluster = new BenchCluster()
  await cluster.up('--engine', values.engine)
  const call = cluster.api()
  const [host, httpsPort] = cluster.summary.doors.find(({ kind }) => kind === 'gateway').https.split(':')
  const address = { host, port: Number(httpsPort) - 443 + 80 }
  const count = Math.max(1, routes / PER_HOST)
  await must(call('POST', services.replace('virtualservices', 'gateways'), door))
  for (let at = 0; at < count; at += 20)
    await Promise.all(
      Array.from({ length: Math.min(20, count - at) }, (_, more) =>
        must(call('POST', services, virtualService(at + more, 0))),
      ),
    )
  await until(address, `h${count - 1}.test`, '0')
  const written = []
  const served = []
  for (let round = 1; round <= rounds; round++) {
    const index = (round * 7) % count
    const { spec } = virtualService(index, round)
    const begun = performance.now()
    await Promise.all([
      must(call('PATCH', `${services}/h${index}`, { spec }, 'application/merge-patch+json')).then(() =>
        written.push(performance.now() - begun),
      ),
      until(address, `h${index}.test`, String(round)).then(() => served.push(performance.now() - begun)),
    ])
  }
  await cluster.remove()
  const pair = (all) => [50, 99].map((share) => percentile(all, share).toFixed(1)).join(' / ')
  return `| ${routes} | ${pair(served)} | ${pair(written)} |`
}

console.log(`| routes (${values.engine}) | served p50 / p99 ms | write acknowledged p50 / p99 ms |`)
console.log('| --- | --- | --- |')
for (const routes of sizes.length > 0 ? sizes : [10, 1_000, 10_000]) console.log(await measure(routes))
process.exit()
