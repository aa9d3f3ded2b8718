// An Envoy engine with real Envoys, in a folder of its own, plaintext ADS on loopback.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine, EngineOptions } from '../../../src/engines/engine.ts'
import { createEnvoyEngine, type EnvoyEngineOptions } from '../../../src/engines/envoy/index.ts'
import { envoyBinary } from './binary.ts'

/** What the Envoys said; shown when a test fails. */
export const envoyLog: string[] = []

/** `close` takes the folder away as well. */
export async function realEnvoy(
  options: EngineOptions,
  more: Partial<EnvoyEngineOptions> = {},
): Promise<Engine> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-envoy-'))
  const engine = await createEnvoyEngine({
    ...options,
    ...(envoyBinary === undefined ? {} : { binary: envoyBinary }),
    directory,
    listen: { host: '127.0.0.1', port: 0 },
    log: (text) => envoyLog.push(text),
    ...more,
  })
  const close = engine.close.bind(engine)
  engine.close = async (how) => {
    await close(how)
    rmSync(directory, { recursive: true, force: true })
  }
  return engine
}
