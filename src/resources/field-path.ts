// Field paths as kubectl prints them: `spec.rules[0].http`, `metadata.annotations[a.b/c]`.

/** The steps of a path: names, and positions in lists. A bracket holds a position, or a key that may contain dots. */
export function parseFieldPath(path: string): readonly (string | number)[] {
  const steps: (string | number)[] = []
  for (const [, name, bracket] of path.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)) {
    if (name !== undefined) steps.push(name)
    else if (bracket !== undefined) steps.push(/^\d+$/.test(bracket) ? Number(bracket) : bracket)
  }
  return steps
}
