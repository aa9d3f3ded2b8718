// Long lines at the edge of a terminal.
import { expect, it } from 'vitest'
import { paragraph } from './paint.ts'

const line = '     policy       allowed: PeerAuthentication shop/default takes mutual TLS  (in.yaml:34)'

it('breaks between words, under the value', () => {
  expect(paragraph(line, 60)).toBe(
    '     policy       allowed: PeerAuthentication shop/default\n                  takes mutual TLS  (in.yaml:34)',
  )
})

it('leaves a line alone that fits, and every line of a pipe', () => {
  expect(paragraph(line, 200)).toBe(line)
  expect(paragraph(line, undefined)).toBe(line)
})

it('keeps a word whole that fits nowhere, beside its label', () => {
  const long = `     host         ${'x'.repeat(90)} (in.yaml:1)`
  expect(paragraph(long, 80)).toBe(`     host         ${'x'.repeat(90)}\n                  (in.yaml:1)`)
})

it('does not count colours', () => {
  const red = '\x1b[31mdenied\x1b[39m: no rule'
  expect(paragraph(red, 16)).toBe(red)
})
