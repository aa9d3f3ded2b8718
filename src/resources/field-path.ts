// Field paths as kubectl prints them: `spec.rules[0].http`, `metadata.annotations[a.b/c]`.

/** The steps of a path: names, and positions in lists. A bracket holds a position, or a key that may contain dots. */
export function parseFieldPath(path: string): readonly (string | number)[] {
  const steps: (string | number)[] = []
  const { length } = path
  for (let at = 0; at < length; ) {
    const bracket = path.charCodeAt(at) === BRACKET
    const start = bracket ? at + 1 : at
    at = start
    while (at < length && !ends(path.charCodeAt(at), bracket)) at++
    const step = path.slice(start, at)
    if (bracket) steps.push(isPosition(step) ? Number(step) : step)
    else if (step !== '') steps.push(step)
    if (bracket || path.charCodeAt(at) !== BRACKET) at++
  }
  return steps
}

const DOT = 46
const BRACKET = 91
const BRACKET_END = 93

const ends = (code: number, bracket: boolean): boolean =>
  bracket ? code === BRACKET_END : code === DOT || code === BRACKET

function isPosition(step: string): boolean {
  for (let at = 0; at < step.length; at++) {
    const code = step.charCodeAt(at)
    if (code < 48 || code > 57) return false
  }
  return step !== ''
}
