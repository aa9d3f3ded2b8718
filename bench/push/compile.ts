// The time that compile takes for one changed object among many, without anything else.
import { createCompiler } from '../../src/compile/compile.ts'
import { changed, clusterOf, ingress, ROUTES_PER_OBJECT, virtualService } from './objects.ts'
import { percentile } from './percentile.ts'

const [rounds = 50, ...sizes] = process.argv.slice(2).map(Number)

console.log('| routes | kind | first ms | one change p50 / p99 ms |')
console.log('| --- | --- | --- | --- |')
for (const routes of sizes.length > 0 ? sizes : [10, 1_000, 10_000])
  for (const [kind, make] of [
    ['VirtualService', virtualService],
    ['Ingress', ingress],
  ] as const) {
    const count = Math.max(1, routes / ROUTES_PER_OBJECT)
    const objects = Array.from({ length: count }, (_, index) => make(index, 0))
    let snapshot = clusterOf(objects, Date.now())
    const compiler = createCompiler()
    const begun = performance.now()
    const { model } = compiler.compile(snapshot)
    const first = performance.now() - begun
    if (model.proxies.length < 2) throw new Error('the cluster has not become a load balancer and a gateway')
    const took = Array.from({ length: rounds }, (_, round) => {
      snapshot = changed(snapshot, make((round * 7) % count, round + 1))
      const since = performance.now()
      compiler.compile(snapshot)
      return performance.now() - since
    })
    console.log(
      `| ${routes} | ${kind} | ${first.toFixed(0)} | ${percentile(took, 0.5)} / ${percentile(took, 0.99)} |`,
    )
  }
