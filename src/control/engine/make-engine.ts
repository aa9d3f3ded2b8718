// The engine of a running cluster, as `up --engine` asks for it.
import { join } from 'node:path'
import type { Engine, EngineOptions } from '../../engines/engine.ts'
import { createEnvoyEngine } from '../../engines/envoy/index.ts'
import { findEnvoy } from '../../engines/envoy/run/find-envoy.ts'
import { createNodeEngine } from '../../engines/node/index.ts'
import type { MeshAuthority } from '../../pki/mesh-authority.ts'
import { packageRoot } from '../package-root.ts'
import { UserError } from '../user-error.ts'
import type { EngineChoice } from './choice.ts'
import { MixedEngine } from './mixed-engine.ts'
import { xdsIdentities } from './xds-identities.ts'

export interface MakeEngineOptions extends EngineOptions {
  readonly choice: EngineChoice
  readonly hops?: 'wire' | 'memory'
  /** Processes of the Node engine; absent: this one. */
  readonly workers?: number
  /** Ports that `locate` moves. */
  readonly movedPorts: ReadonlyMap<number, number>
  readonly mesh: MeshAuthority
  /** Where the Envoys' bootstraps and identities are kept; made anew by each start. */
  readonly directory: string
  /** Where the control plane listens, port chosen by the system. */
  readonly host: string
  readonly log: (text: string) => void
}

/** Throws UserError when Envoy is asked for and there is none. */
export async function makeEngine(options: MakeEngineOptions): Promise<Engine> {
  const { choice, hops, workers, movedPorts } = options
  const wanted = new Set(Object.values(choice))
  const node = () =>
    createNodeEngine(
      { ...options, ...(hops === undefined ? {} : { hops }) },
      workers === undefined
        ? undefined
        : { count: workers, entry: join(packageRoot, 'dist', 'worker.js'), movedPorts },
    )
  if (!wanted.has('envoy')) return node()
  const envoy = await createEnvoyEngine({
    locate: options.locate,
    accessLog: options.accessLog,
    report: options.report,
    log: options.log,
    directory: options.directory,
    binary: envoyBinary(),
    listen: { host: options.host, port: 0 },
    identities: xdsIdentities(options.mesh),
  })
  return wanted.has('node') ? new MixedEngine(choice, { node: node(), envoy }) : envoy
}

function envoyBinary(): string {
  const found = findEnvoy(process.env, join(packageRoot, '.cache', 'envoy'))
  if ('path' in found) return found.path
  throw new UserError(
    `there is no Envoy at ${found.tried.join(', ')}`,
    'Run `npm run envoy:install`, put an envoy binary on PATH, or name one in SALLYPORT_ENVOY.',
  )
}
