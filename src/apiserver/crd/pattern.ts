// Patterns of schemas and rules are Go's RE2: linear in time, with syntax that JavaScript lacks. Compiled once.
import { RE2JS } from 're2js'

type Compiled = { readonly regex: ReturnType<typeof RE2JS.compile> } | { readonly error: string }
const compiled = new Map<string, Compiled>()
const MAX_PATTERNS = 5000

/** The compiled pattern, or what is wrong with it. */
export function compilePattern(pattern: string): Compiled {
  let found = compiled.get(pattern)
  if (!found) {
    if (compiled.size >= MAX_PATTERNS) compiled.clear()
    try {
      found = { regex: RE2JS.compile(pattern) }
    } catch (error) {
      found = { error: (error as Error).message }
    }
    compiled.set(pattern, found)
  }
  return found
}

/** Whether the pattern is found anywhere in the text; a pattern that does not compile is never found. */
export function matchesPattern(text: string, pattern: string): boolean {
  const found = compilePattern(pattern)
  return 'regex' in found && found.regex.matcher(text).find()
}
