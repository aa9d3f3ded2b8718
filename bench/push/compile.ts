// The time that compile takes for one changed object among many.
import { createCompiler } from '../../src/compile/compile.ts'
import { changed, clusterOf, ingress, ROUTES_PER_OBJECT, virtualService } from './objects.ts'

const sizes = process.argv.slice(2).map(Number)
const rounds = 40
for (const routes of sizes)
  for (const make of [virtualService, ingress]) {
    const count = Math.max(1, routes / ROUTES_PER_OBJECT)
    let snapshot = clusterOf(
      Array.from({ length: count }, (_, i) => make(i, 0)),
      Date.now(),
    )
    const compiler = createCompiler()
    let t = performance.now()
    const first = compiler.compile(snapshot)
    const full = performance.now() - t
    if (process.env.SHOW)
      console.log(
        first.diagnostics.slice(0, 5),
        first.model.proxies.map((p) => [
          p.id,
          p.listeners.length,
          p.clusters.length,
          p.listeners.map((l) =>
            l.filterChains.map((c) => c.handler.kind === 'http' && c.handler.routes.virtualHosts.length),
          ),
        ]),
      )
    const took: number[] = []
    for (let round = 1; round <= rounds; round++) {
      snapshot = changed(snapshot, make((round * 7) % count, round))
      const before = new Map(compiler.runs())
      t = performance.now()
      compiler.compile(snapshot)
      took.push(performance.now() - t)
      if (process.env.SHOW && round === 30)
        for (const [k, v] of compiler.runs())
          if (v !== before.get(k)) console.log('   ', k, v - (before.get(k) ?? 0))
    }
    took.sort((a, b) => a - b)
    console.log(
      routes,
      make.name,
      'full',
      full.toFixed(0),
      'p50',
      took[rounds >> 1]?.toFixed(2),
      'max',
      took.at(-1)?.toFixed(2),
    )
  }
