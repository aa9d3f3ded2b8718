// docs/diagnostics.md has every code of the catalogue and no other.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalogue } from './catalogue.ts'

const page = readFileSync(new URL('../../docs/diagnostics.md', import.meta.url), 'utf8')
const headings = [...page.matchAll(/^### (SP\d{4}): (.+)$/gm)].map(([, code = '', title = '']) => ({
  code,
  title,
}))

describe('docs/diagnostics.md', () => {
  it('has every code with its title, explanation and fix', () => {
    for (const [code, { title, explanation, fix }] of Object.entries(catalogue)) {
      expect(headings).toContainEqual({ code, title })
      expect(page).toContain(explanation)
      expect(page).toContain(fix)
    }
  })

  it('has no code that the catalogue does not have', () => {
    expect(headings.map(({ code }) => code).filter((code) => !(code in catalogue))).toEqual([])
    expect(headings.length).toBe(Object.keys(catalogue).length)
  })
})
