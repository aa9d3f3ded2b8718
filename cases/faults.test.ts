// Every fault under cases/faults: the wrong YAML is diagnosed (goldens), the fixed one is clean and its request arrives.
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { renderDiagnostics } from '../src/diagnostics/terminal.ts'
import { renderTrace } from '../src/explain/render-trace.ts'
import { openFault } from './support/faults.ts'
import { caseFolders, expectGolden } from './support/golden.ts'
import { GOLDEN_TIME } from './support/open-case.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), 'faults')
// graph.mmd is the picture of the broken chain, compared by graph.test.ts.
const KNOWN = ['in.yaml', 'fixed.yaml', 'diagnostics.txt', 'trace.txt', 'graph.mmd']

describe.each((await caseFolders(root)).map((folder) => folder.slice(root.length + 1)))(
  'faults/%s',
  (name) => {
    const folder = join(root, name)

    it('is diagnosed', async () => {
      const { text, fault, findings, trace } = await openFault(folder, 'in.yaml')
      const source = (file: string) => (file === 'in.yaml' ? text : undefined)
      await expectGolden(folder, 'diagnostics.txt', renderDiagnostics(findings, { source }))
      await expectGolden(folder, 'trace.txt', trace === undefined ? '' : renderTrace(trace, GOLDEN_TIME))
      expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining([...fault.codes]))
      expect(fault.codes.length + (trace === undefined ? 0 : 1)).toBeGreaterThan(0)
      expect(trace?.outcome.kind).not.toBe('upstream')
    })

    it('is gone in fixed.yaml', async () => {
      const { findings, trace } = await openFault(folder, 'fixed.yaml')
      expect(findings.map(({ code, message }) => `${code} ${message}`)).toEqual([])
      if (trace !== undefined) expect(trace.outcome).toMatchObject({ kind: 'upstream', ok: true })
    })

    it('holds no file that nothing reads', async () => {
      expect((await readdir(folder)).filter((file) => !KNOWN.includes(file))).toEqual([])
    })
  },
)
