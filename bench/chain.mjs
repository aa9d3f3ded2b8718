// The data plane beside its peers, on one core: `node bench/chain.mjs --help`.
import { cpSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle, root } from './bundle.mjs'

const folder = await bundle({
  chain: 'chain/main.ts',
  'chain-product': 'chain/product-server.ts',
  'chain-clients': 'chain/tls-clients.ts',
})
// Read at run time, relative to the bundle (src/apiserver/openapi/generated-data.ts).
cpSync(join(root, 'src/apiserver/openapi/data'), join(folder, 'data'), { recursive: true })
// The product of another checkout is bundled there, so that it finds its own packages.
const { beside } = parseArgs({ options: { beside: { type: 'string' } }, strict: false }).values
if (beside !== undefined) await bundle({ 'chain-product': 'chain/product-server.ts' }, resolve(beside))
await import(join(folder, 'chain.mjs'))
