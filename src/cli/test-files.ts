// The files that `test` is given: as they are, all of a folder, or those of a pattern that no shell has expanded.
import { readFileSync, statSync } from 'node:fs'
import { globSync, isDynamicPattern } from 'tinyglobby'
import { parseAllDocuments } from 'yaml'
import { parseTests } from '../explain/routing-tests/parse-tests.ts'
import type { RoutingTest } from '../explain/routing-tests/routing-test.ts'

interface TestsRead {
  readonly tests: readonly RoutingTest[]
  /** What keeps tests from being read; none of them is run then. */
  readonly problems: readonly string[]
}

/** All tests in files, folders and patterns, in order. */
export function readTests(given: readonly string[]): TestsRead {
  return together(given.map(testsUnder))
}

function testsUnder(given: string): TestsRead {
  const info = statSync(given, { throwIfNoEntry: false })
  if (info?.isFile()) return testsIn(given)
  if (!info && !isDynamicPattern(given)) return problem(`${given} does not exist`)
  const files = info
    ? globSync('**/*.{yaml,yml}', { cwd: given, absolute: false }).map(
        (name) => `${given.replace(/\/$/, '')}/${name}`,
      )
    : globSync(given)
  return files.length === 0 ? problem(`${given} has no YAML files`) : together([...files].sort().map(testsIn))
}

function testsIn(file: string): TestsRead {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return problem(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
  return together(
    [parseAllDocuments(text)].flat().map((document) => {
      const [error] = document.errors
      return error ? problem(`${file}: ${error.message}`) : parseTests(document.toJS(), file)
    }),
  )
}

const problem = (text: string): TestsRead => ({ tests: [], problems: [text] })
const together = (parts: readonly TestsRead[]): TestsRead => ({
  tests: parts.flatMap(({ tests }) => tests),
  problems: parts.flatMap(({ problems }) => problems),
})
