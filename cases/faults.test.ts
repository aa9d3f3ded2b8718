// Every fault under cases/faults: the wrong YAML is diagnosed (goldens), the fixed one is clean and its request arrives.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { renderDiagnostics } from '../src/diagnostics/terminal.ts'
import { renderTrace } from '../src/explain/render-trace.ts'
import { applyFix } from '../src/sources/files/apply-fix.ts'
import { openFault } from './support/faults.ts'
import { caseFolders, expectGolden } from './support/golden.ts'
import { GOLDEN_TIME } from './support/open-case.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), 'faults')
// graph.mmd is the picture of the broken chain, compared by graph.test.ts.
const KNOWN = ['in.yaml', 'fixed.yaml', 'diagnostics.txt', 'trace.txt', 'graph.mmd']

/** Faults whose cause is one value that lint can set. */
const CURABLE = ['mode-omitted', 'no-sni', 'sni-not-served', 'ssl-services-rejected', 'upstream-wrong-name']

/** Faults whose trace ends with an edit of one value. */
const EDITED = [
  'connection-reuse',
  'host-not-in-gateway',
  'host-not-routed',
  'host-on-other-server',
  'mode-omitted',
  'no-sni',
  'path-not-in-ingress',
  'path-not-routed',
  'plaintext-to-strict',
  'sni-not-served',
  'upstream-wrong-name',
]

async function reopened(text: string) {
  const scratch = await mkdtemp(join(tmpdir(), 'fault-'))
  await writeFile(join(scratch, 'in.yaml'), text)
  return openFault(scratch, 'in.yaml').finally(() => rm(scratch, { recursive: true }))
}

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

    it('is cured by the edits that lint offers, finding by finding', async () => {
      const { text, findings } = await openFault(folder, 'in.yaml')
      if (CURABLE.includes(name)) expect(findings.some(({ fix }) => fix !== undefined)).toBe(true)
      for (const { code, origin, fix } of findings) {
        if (fix === undefined || origin.object === undefined) continue
        const edited = applyFix(text, origin.object, fix)
        const after = await reopened(edited)
        expect(edited).not.toBe(text)
        expect(after.findings.map((one) => one.code)).not.toContain(code)
      }
    })

    it('is cured by the edit that the trace ends with', async () => {
      const { text, trace } = await openFault(folder, 'in.yaml')
      const edit = trace?.outcome.edit
      expect(edit?.fix !== undefined).toBe(EDITED.includes(name))
      if (!edit?.fix || !edit.origin.object) return
      const edited = applyFix(text, edit.origin.object, edit.fix)
      expect(edited).not.toBe(text)
      expect((await reopened(edited)).trace?.outcome).toMatchObject({ ok: true })
    })

    it('holds no file that nothing reads', async () => {
      expect((await readdir(folder)).filter((file) => !KNOWN.includes(file))).toEqual([])
    })
  },
)
