// `envoy --mode validate` on the static rendering of every proxy of every case.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { caseFolders } from '../../cases/support/golden.ts'
import { openCase } from '../../cases/support/open-case.ts'
import { createCompiler } from '../../src/compile/compile.ts'
import { staticBootstrap } from '../../src/engines/envoy/lower/static.ts'
import { root } from '../sallyport.ts'
import { envoyBinary, needsEnvoy } from './testing/binary.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'sallyport-validate-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What Envoy says against a configuration; empty when it takes it. */
async function complaint(binary: string, name: string, config: unknown): Promise<string> {
  const file = join(folder, `${name.replaceAll('/', '_')}.json`)
  writeFileSync(file, JSON.stringify(config))
  return run(binary, ['--mode', 'validate', '--log-level', 'error', '-c', file]).then(
    () => '',
    (error: { stderr: string }) => `${name}: ${error.stderr}`,
  )
}

const cases = join(root, 'cases')
describe.skipIf(!envoyBinary)(`Envoy accepts the static rendering ${needsEnvoy}`, async () => {
  it.each((await caseFolders(cases)).map((one) => relative(cases, one)))('of %s', async (name) => {
    const { snapshot, blobs } = await openCase(join(cases, name), Date.now())
    const { model } = createCompiler().compile(snapshot)
    const locate = (host: string, port: number) => ({ host, port })
    for (const proxy of model.proxies)
      expect(
        await complaint(envoyBinary ?? '', `${name}-${proxy.id}`, staticBootstrap(proxy, locate, blobs)),
      ).toBe('')
  })
})
