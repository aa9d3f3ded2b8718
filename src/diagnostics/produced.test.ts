// No code is only words: each one of the catalogue comes out of a case (a golden) or is asked for by a test.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { catalogue } from './catalogue.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const texts = (folder: string, test: RegExp): string =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => test.test(name))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
    .join('\n')

it('every code is produced by a case or a test', () => {
  const seen = [
    texts('cases', /(diagnostics|trace)\.txt$|model\.yaml$/),
    texts('cases', /\.test\.ts$/),
    texts('src', /\.test\.ts$/),
    texts('test', /\.test\.ts$/),
  ].join('\n')
  const never = Object.keys(catalogue).filter((code) => !seen.includes(code))
  expect(never).toEqual([])
})
