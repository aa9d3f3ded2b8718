// From the acknowledged write of a route to the first request that it serves, through the ALB and through the gateway.
// Each round adds one Ingress path (or one VirtualService match) that nothing else serves, then asks for it until it answers.
//
//   node bench/apply-latency.mjs [rounds] [routes]      routes: how many Ingress rules are there already; milliseconds
import { BenchCluster, percentile } from './cluster.mjs'

const rounds = Number(process.argv[2] ?? 50)
const routes = Number(process.argv[3] ?? 10)

const cluster = new BenchCluster()
await cluster.up()
await cluster.article()
const call = cluster.api()
const { alb } = await cluster.doors()
const host = alb.options.servername
const albSecret = cluster.summary.doors.find((door) => door.kind === 'alb').secret.split('/')[1]
const albDomain = host.slice('httpbin.'.length)

await call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } })
const backend = { service: { name: 'httpbin', port: { number: 8000 } } }
const ingress = (name, rule, paths) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace: 'bench' },
  spec: {
    tls: [{ hosts: [rule], secretName: albSecret }],
    rules: [{ host: rule, http: { paths: paths.map((path) => ({ path, pathType: 'Prefix', backend })) } }],
  },
})
await cluster.bash(
  'kubectl apply -f samples/httpbin/httpbin.yaml -n bench; kubectl -n bench rollout status deployment/httpbin',
)

// The routes that are there already, 100 to an Ingress.
for (let made = 0; made < routes; made += 100) {
  const paths = Array.from({ length: Math.min(100, routes - made) }, (_, index) => `/present/${made + index}`)
  await must(
    call(
      'POST',
      '/apis/networking.k8s.io/v1/namespaces/bench/ingresses',
      ingress(`present-${made}`, `present-${made}.${albDomain}`, paths),
    ),
  )
}

const throughAlb = []
for (let round = 0; round < rounds; round++) {
  const name = `round-${round}.${albDomain}`
  const door = Object.assign(Object.create(Object.getPrototypeOf(alb)), {
    options: { ...alb.options, servername: name, headers: { host: name } },
  })
  const begun = performance.now()
  await must(
    call(
      'POST',
      '/apis/networking.k8s.io/v1/namespaces/bench/ingresses',
      ingress(`round-${round}`, name, ['/status']),
    ),
  )
  const written = performance.now()
  await door.untilTeapot()
  throughAlb.push([performance.now() - written, performance.now() - begun])
}

const throughGateway = []
const path = '/apis/networking.istio.io/v1/namespaces/httptools/virtualservices/default-ingress'
const { gateway } = await cluster.doors()
for (let round = 0; round < rounds; round++) {
  const current = JSON.parse((await call('GET', path)).text)
  const destination = current.spec.http.at(-1).route[0].destination
  const match = {
    match: [{ uri: { exact: `/round/${round}` } }],
    rewrite: { uri: '/status/418' },
    route: [{ destination }],
  }
  const begun = performance.now()
  await must(
    call(
      'PATCH',
      path,
      { spec: { http: [match, current.spec.http.at(-1)] } },
      'application/merge-patch+json',
    ),
  )
  const written = performance.now()
  while ((await gateway.get(`/round/${round}`).catch(() => 0)) !== 418);
  throughGateway.push([performance.now() - written, performance.now() - begun])
}
await cluster.remove()

for (const [door, samples] of [
  ['ALB', throughAlb],
  ['gateway', throughGateway],
])
  for (const [what, column] of [
    ['after the acknowledged write', 0],
    ['write included', 1],
  ]) {
    const all = samples.map((sample) => sample[column])
    const [p50, p99] = [percentile(all, 50), percentile(all, 99)].map((ms) => ms.toFixed(1).padStart(7))
    console.log(
      `${door.padEnd(8)} ${what.padEnd(30)} p50 ${p50} ms   p99 ${p99} ms   (${routes} routes, ${rounds} rounds)`,
    )
  }

async function must(answer) {
  const { status, text } = await answer
  if (status >= 300) throw new Error(`the API answered ${status}: ${text}`)
}
