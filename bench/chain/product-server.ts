// A process of the product: the node engine with the proxies of a model file, and nothing else.
import { readFileSync } from 'node:fs'
import { createNodeEngine } from '../../src/engines/node/index.ts'
import type { ProductFile } from './peers/product.ts'

const [path = '', kinds = '', hops = 'wire'] = process.argv.slice(2)
const { model, blobs, places } = JSON.parse(readFileSync(path, 'utf8')) as ProductFile
const engine = createNodeEngine({
  locate: (address, port) => ({ host: '127.0.0.1', port: places[`${address}:${port}`] ?? port }),
  accessLog: () => undefined,
  report: (diagnostic) => console.error(diagnostic.message),
  hops: hops === 'memory' ? 'memory' : 'wire',
})
const proxies = model.proxies.filter(({ kind }) => kinds.split(',').includes(kind))
const { rejected } = await engine.apply({
  version: 1,
  model: { proxies },
  blobs: {
    get: (digest) => {
      const text = blobs[digest]
      return text === undefined ? undefined : Buffer.from(text, 'base64')
    },
  },
})
for (const diagnostic of rejected) console.error(diagnostic.message)
process.on('SIGTERM', () => process.exit(0))
