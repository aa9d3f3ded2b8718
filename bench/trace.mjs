// How long one trace takes over a gateway with 10,000 routes on 1,000 hosts. Prints p50 and p99 in milliseconds; fails when p50 is a millisecond or more.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

const HOSTS = 1000
const ROUTES_PER_HOST = 10
const ROUNDS = 5000

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
await build({
  entryPoints: ['src/explain/trace.ts'],
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  logLevel: 'error',
})
const { trace } = await import(join(folder, 'trace.mjs'))
rmSync(folder, { recursive: true })

const route = (host, index) => ({
  name: `route-${host}-${index}`,
  match: { path: { kind: 'prefix', value: `/path-${index}/` } },
  action: { kind: 'forward', clusters: [{ cluster: `cluster-${host}`, weight: 1, origin: {} }] },
  origin: {},
})
const range = (length, make) => Array.from({ length }, (_, index) => make(index))
const gateway = {
  id: 'gateway/ns/gw',
  kind: 'gateway',
  workload: { namespace: 'ns', name: 'gw', serviceAccount: 'gw', labels: {} },
  addresses: ['10.0.0.1'],
  origin: {},
  listeners: [
    {
      name: '0.0.0.0_80',
      binds: [{ address: '10.0.0.1', port: 80 }],
      origin: {},
      filterChains: [
        {
          name: 'http',
          match: {},
          origin: {},
          handler: {
            kind: 'http',
            profile: 'istio',
            forwardClientCert: { mode: 'sanitize', details: [] },
            clientAddress: { useRemoteAddress: true, trustedHops: 0 },
            routes: {
              name: 'http.80',
              origin: {},
              virtualHosts: range(HOSTS, (host) => ({
                name: `host-${host}.example`,
                domains: [`host-${host}.example`],
                routes: range(ROUTES_PER_HOST, (index) => route(host, index)),
                origin: {},
              })),
            },
          },
        },
      ],
    },
  ],
  clusters: range(HOSTS, (host) => ({
    name: `cluster-${host}`,
    endpoints: [{ address: '10.1.0.1', port: 8080, healthy: true }],
    origin: {},
  })),
}
const context = { model: { proxies: [gateway] }, now: 0, resolve: () => '10.0.0.1' }
const ask = (host, index) =>
  trace(
    {
      method: 'GET',
      scheme: 'http',
      host: `host-${host}.example`,
      port: 80,
      target: `/path-${index}/x`,
      headers: new Map(),
      clientChain: [],
      trust: 'any',
      sourceIp: '127.0.0.1',
    },
    context,
  )

const times = []
for (let round = 0; round < ROUNDS; round++) {
  const host = (round * 7919) % HOSTS
  const index = round % ROUTES_PER_HOST
  const begun = performance.now()
  const { outcome, hops } = ask(host, index)
  times.push(performance.now() - begun)
  if (!outcome.ok || hops[0].route.name !== `route-${host}-${index}`)
    throw new Error(`wrong: ${outcome.summary}`)
}
times.sort((a, b) => a - b)
const at = (share) => Number(times[Math.floor(times.length * share)].toFixed(4))
console.log(
  JSON.stringify({
    routes: HOSTS * ROUTES_PER_HOST,
    traces: ROUNDS,
    p50: at(0.5),
    p99: at(0.99),
    max: at(0.9999),
  }),
)
if (at(0.5) >= 1) process.exitCode = 1
