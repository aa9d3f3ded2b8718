// Several files as one set of objects.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readFiles } from './read-files.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-files-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const secret = (value: string) =>
  `apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData: { a: ${value} }\n`

it('takes the later of two definitions, and tells where the earlier one is', async () => {
  writeFileSync(join(folder, 'a.yaml'), secret('one'))
  writeFileSync(join(folder, 'b.yaml'), secret('two'))
  const { resources, diagnostics } = await readFiles([folder])
  expect(resources.map(({ object }) => object)).toMatchObject([{ data: { a: 'dHdv' } }])
  const [twice] = diagnostics
  expect(twice).toMatchObject({ code: 'SP0107', origin: { file: join(folder, 'b.yaml'), line: 1 } })
  expect(twice?.related?.[0]?.origin.file).toBe(join(folder, 'a.yaml'))
})

it('keeps objects of one name in two namespaces', async () => {
  writeFileSync(
    join(folder, 'a.yaml'),
    `${secret('one')}---\n${secret('two').replace('name: s', 'name: s, namespace: n')}`,
  )
  const { resources, diagnostics } = await readFiles([folder])
  expect(resources).toHaveLength(2)
  expect(diagnostics).toEqual([])
})
