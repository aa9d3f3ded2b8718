import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parseSettings, readSettings } from './settings.ts'
import { UserError } from './user-error.ts'

it('reads commands for images', () => {
  const text = 'images:\n  my/app: node server.js\n  other:2: {command: [run, it], ports: [80]}\n'
  expect(parseSettings(text, 'sallyport.yaml').images).toEqual({
    'my/app': { command: ['node', 'server.js'] },
    'other:2': { command: ['run', 'it'], ports: [80] },
  })
  expect(parseSettings('', 'x')).toEqual({ images: {} })
  expect(parseSettings('images:\n', 'x')).toEqual({ images: {} })
})

it.each([
  ['images:\n  ok: run\n  bad: 7\n', 's:3: images["bad"]: expected a command line or a list of words'],
  ['images: [a]\n', 's:1: images: expected a map'],
  ['# first\nimage: {}\n', 's:2: unknown field "image"'],
  ['a list\n', 's:1: expected a map'],
  ['images:\n  a: "x\n', 's:3: Missing closing'],
])('%j: %s', (text, message) => {
  expect(() => parseSettings(text, 's')).toThrow(message)
  expect(() => parseSettings(text, 's')).toThrow(UserError)
})

it('takes the file of the folder when none is named, and insists on a named one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'))
  try {
    expect(readSettings(undefined, folder)).toEqual({ images: {} })
    expect(() => readSettings('other.yaml', folder)).toThrow('cannot be read')
    writeFileSync(join(folder, 'sallyport.yaml'), 'images: {a: b}\n')
    expect(readSettings(undefined, folder).images).toEqual({ a: { command: ['b'] } })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
