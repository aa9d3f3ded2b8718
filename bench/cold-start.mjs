// How long a user waits: from starting `sallyport up` to the first teapot through the gateway and through the ALB.
// "resumed": the article's objects are in the data folder already. "fresh": a new cluster, up to its doors.
//
//   node bench/cold-start.mjs [rounds]        needs kubectl and curl for the set-up; medians of the rounds, in milliseconds
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BenchCluster, median, root } from './cluster.mjs'

const rounds = Number(process.argv[2] ?? 5)
if (!existsSync(join(root, 'dist', 'cli.js'))) throw new Error('npm run build first')

const fresh = []
for (let round = 0; round < rounds; round++) {
  const cluster = new BenchCluster()
  const begun = performance.now()
  await cluster.up()
  fresh.push(performance.now() - begun)
  await cluster.remove()
}

const resumed = { up: [], gateway: [], alb: [] }
const cluster = new BenchCluster()
await cluster.up()
await cluster.article()
for (let round = 0; round < rounds; round++) {
  const doors = await cluster.doors()
  await cluster.down()
  const begun = performance.now()
  const upped = cluster.up().then(() => resumed.up.push(performance.now() - begun))
  const first = (door) => door.untilTeapot().then(() => performance.now() - begun)
  const [gateway, alb] = await Promise.all([first(doors.gateway), first(doors.alb), upped])
  resumed.gateway.push(gateway)
  resumed.alb.push(alb)
}
await cluster.remove()

const line = (label, samples) =>
  console.log(
    `${label.padEnd(44)} ${median(samples).toFixed(0).padStart(6)}   (${samples.map((ms) => ms.toFixed(0)).join(' ')})`,
  )
line('fresh: up returns, both doors open', fresh)
line('resumed: up returns', resumed.up)
line('resumed: first teapot through the gateway', resumed.gateway)
line('resumed: first teapot through the ALB', resumed.alb)
