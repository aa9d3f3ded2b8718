// Every case folder: in.yaml compiled, the model and the findings compared with the files beside it.
import { readdir } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createCompiler } from '../src/compile/compile.ts'
import { renderDiagnostics } from '../src/diagnostics/terminal.ts'
import { printModel } from '../src/ir/print.ts'
import { validateModel } from '../src/ir/validate.ts'
import { caseFolders, expectGolden } from './support/golden.ts'
import { GOLDEN_TIME, openCase } from './support/open-case.ts'

const root = dirname(fileURLToPath(import.meta.url))
const folders = await caseFolders(root)
const KNOWN = [
  'in.yaml',
  'model.yaml',
  'diagnostics.txt',
  'status.yaml',
  'requests.yaml',
  'trace.txt',
  'graph.mmd',
  'envoy.json',
  'envoy.yaml',
]

describe.each(folders.map((folder) => relative(root, folder)))('%s', (name) => {
  const folder = `${root}/${name}`

  it('has the model and the findings of its goldens', async () => {
    const opened = await openCase(folder, GOLDEN_TIME)
    const { model, diagnostics } = createCompiler().compile(opened.snapshot)
    const findings = [...opened.diagnostics, ...diagnostics]
    const source = (file: string) => (file === 'in.yaml' ? opened.text : undefined)
    expect(validateModel(model)).toEqual([])
    await expectGolden(folder, 'model.yaml', printModel(model))
    await expectGolden(folder, 'diagnostics.txt', renderDiagnostics(findings, { source }))
  })

  it('holds no file that nothing reads', async () => {
    const entries = await readdir(folder, { withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
    expect(files.filter((file) => !KNOWN.includes(file))).toEqual([])
  })
})
