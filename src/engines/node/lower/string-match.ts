// StringMatch to a function. Regular expressions are RE2: linear time whatever the input.
import { RE2JS } from 're2js'
import type { StringMatch } from '../../../ir/match.ts'

export type StringTest = (value: string) => boolean

const LITERAL = /^[A-Za-z0-9_/ :@-]*$/

/** Whole-string RE2 test; throws when the pattern is not RE2. The frequent shapes `.*`, `literal` and `literal.*` run without the engine. */
export function regexTest(pattern: string, ignoreCase = false): StringTest {
  if (!ignoreCase) {
    if (pattern === '.*') return (value) => !value.includes('\n')
    if (LITERAL.test(pattern)) return (value) => value === pattern
    const stem = pattern.slice(0, -2)
    if (pattern.endsWith('.*') && LITERAL.test(stem)) {
      return (value) => value.startsWith(stem) && !value.includes('\n')
    }
  }
  const compiled = RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
  return (value) => compiled.matches(value)
}

/** Makes the test of a match; a value that is not there never gets to it. Throws on a pattern that is not RE2. */
export function stringTest(match: StringMatch): StringTest {
  switch (match.kind) {
    case 'present':
      return () => true
    case 'regex':
      return regexTest(match.value)
    default: {
      const { kind, ignoreCase } = match
      const wanted = ignoreCase === true ? match.value.toLowerCase() : match.value
      const test: StringTest =
        kind === 'exact'
          ? (value) => value === wanted
          : kind === 'prefix'
            ? (value) => value.startsWith(wanted)
            : (value) => value.endsWith(wanted)
      return ignoreCase === true ? (value) => test(value.toLowerCase()) : test
    }
  }
}
