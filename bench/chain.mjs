// The data plane beside its peers, on one core: `node bench/chain.mjs --help`.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { bundle, root } from './bundle.mjs'

const folder = await bundle({
  chain: 'chain/main.ts',
  'chain-product': 'chain/product-server.ts',
  'chain-clients': 'chain/tls-clients.ts',
})
// Read at run time, relative to the bundle (src/apiserver/openapi/generated-data.ts).
cpSync(join(root, 'src/apiserver/openapi/data'), join(folder, 'data'), { recursive: true })
await import(join(folder, 'chain.mjs'))
