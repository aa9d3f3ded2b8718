// The product itself: the model that its compiler makes of in.yaml, everything on that a request needs, access log off as in the peers.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OpenCase } from '../../../cases/support/open-case.ts'
import { createCompiler } from '../../../src/compile/compile.ts'
import type { Digest } from '../../../src/ir/certificate.ts'
import type { Model, Proxy } from '../../../src/ir/proxy.ts'
import type { Peer } from '../peer.ts'
import { SERVER_CORE, start } from '../pinned.ts'
import type { Topology } from '../topology.ts'

/** What a process of the product is given. */
export interface ProductFile {
  readonly model: Model
  /** PEM as base64, by digest. */
  readonly blobs: Readonly<Record<Digest, string>>
  /** Port on 127.0.0.1 of each `address:port` of the model. */
  readonly places: Readonly<Record<string, number>>
}

/** No access log, and connections that are kept as long as the peers keep them. */
const asPeers = (proxy: Proxy): Proxy => ({
  ...proxy,
  listeners: proxy.listeners.map((listener) => ({
    ...listener,
    filterChains: listener.filterChains.map((chain) => ({
      ...chain,
      handler:
        chain.handler.kind !== 'http'
          ? chain.handler
          : {
              ...chain.handler,
              accessLog: 'off',
              limits: { ...chain.handler.limits, maxRequestsPerConnection: 0, idleTimeoutMs: 600_000 },
            },
    })),
  })),
})

function digestsIn(value: unknown, found = new Set<Digest>()): ReadonlySet<Digest> {
  if (typeof value === 'string' && /^(sha256:)?[0-9a-f]{64}$/.test(value)) found.add(value as Digest)
  else if (typeof value === 'object' && value !== null)
    for (const part of Object.values(value)) digestsIn(part, found)
  return found
}

function placesOf(model: Model, topology: Topology): Readonly<Record<string, number>> {
  const places: Record<string, number> = {}
  const binds = (kind: Proxy['kind'], port: number) =>
    model.proxies
      .filter((proxy) => proxy.kind === kind)
      .flatMap(({ listeners }) => listeners.flatMap((listener) => listener.binds))
      .filter((bind) => bind.port === port)
  // A door has an address as a pod and one as a load balancer.
  binds('alb', 80).forEach((bind, at) => {
    places[`${bind.address}:80`] = at === 0 ? topology.plain : 0
  })
  binds('alb', 443).forEach((bind, at) => {
    places[`${bind.address}:443`] = [topology.tls, topology.edge][at] ?? 0
  })
  const endpoints = model.proxies.flatMap(({ clusters }) => clusters.flatMap((cluster) => cluster.endpoints))
  const gateway = model.proxies.find(({ kind }) => kind === 'gateway')
  for (const bind of gateway?.listeners.flatMap((listener) => listener.binds) ?? [])
    places[`${bind.address}:${bind.port}`] = endpoints.some(
      ({ address, port }) => address === bind.address && port === bind.port,
    )
      ? topology.inner
      : 0
  for (const { address, port } of endpoints) places[`${address}:${port}`] ??= topology.backend
  return places
}

/** The product, its process bundled as `server`: two of it, as one whose hops meet on a socket, or as one whose hops meet in memory. `profile`: a folder for what V8 sampled. */
export function product(
  name: string,
  opened: OpenCase,
  version: string,
  server: string,
  processes: readonly string[],
  hops: 'wire' | 'memory',
  profile: string | undefined,
): Peer {
  const { model } = createCompiler().compile(opened.snapshot)
  const proxies = model.proxies.map(asPeers)
  const watched = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  return {
    name,
    version,
    from: '',
    // The ALB has no HTTP/2 (iks.md 1.6): its gateway serves that hop.
    http2Door: 'inner',
    start: async (topology) => {
      const file: ProductFile = {
        model: { ...model, proxies },
        places: placesOf(model, topology),
        blobs: Object.fromEntries(
          [...digestsIn(proxies)].flatMap((digest) => {
            const bytes = opened.blobs.get(digest)
            return bytes === undefined ? [] : [[digest, Buffer.from(bytes).toString('base64')]]
          }),
        ),
      }
      const path = join(topology.folder, 'model.json')
      await writeFile(path, JSON.stringify(file), { mode: 0o600 })
      return processes.map((kinds) =>
        start(SERVER_CORE, process.execPath, [...watched, server, path, kinds, hops]),
      )
    },
  }
}
