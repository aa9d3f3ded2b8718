// Lines and columns as the library counts them.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LineCounter, parseDocument } from 'yaml'
import { linesOf } from './lines.ts'

it('counts as the library does', () => {
  const line = fc.constantFrom('a: 1', '', '  ', '# x', 'b: { c: é }', 'd:')
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.nat({ max: 60 }), (lines, at) => {
      const text = lines.join('\n')
      const offset = Math.min(at, text.length)
      const counter = new LineCounter()
      parseDocument(text, { lineCounter: counter })
      const { line, col } = counter.linePos(offset)
      expect(linesOf(text)(offset)).toEqual({ line, column: col })
    }),
  )
})
