// What workers cost and bring: `node bench/workers.mjs [rounds] [seconds]`. Needs wrk.
import { join } from 'node:path'
import { bundle } from './bundle.mjs'
import '../scripts/build.mjs'

const folder = await bundle({ workers: 'workers/main.ts' })
await import(join(folder, 'workers.mjs'))
