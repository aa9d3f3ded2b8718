// From a changed model to Envoy's acknowledgement and to the first request served by the new route, with 100 connected nodes: one real Envoy and 99 light clients.
// With `compile`: only the time that the model of the change takes. The whole way from the API: bench/push/api.mjs.
//
//   node bench/push.mjs [compile] [rounds] [routes...]      default: 50 rounds at 10, 1000 and 10000 routes
import { join } from 'node:path'
import { bundle } from './bundle.mjs'

const folder = await bundle({
  push: 'push/control.ts',
  compile: 'push/compile.ts',
  clients: 'push/clients.ts',
  requests: 'push/requests.ts',
})
const [what] = process.argv.slice(2)
if (what === 'compile') process.argv.splice(2, 1)
await import(join(folder, what === 'compile' ? 'compile.mjs' : 'push.mjs'))
