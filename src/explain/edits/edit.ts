// What to change so that a request passes: one value of one object, as data that can be carried out (sources/files/apply-fix) and as a diff to read.
import { stringify } from 'yaml'
import type { Fix } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import { parseFieldPath } from '../../resources/field-path.ts'
import type { Resource } from '../../resources/snapshot.ts'

export interface Edit {
  /** The field, with file and line where they are known. */
  readonly origin: Origin
  /** Absent: what is to be put there is not in the model, such as a private key. */
  readonly fix?: Fix
  /** What it does, in place of the general advice. */
  readonly advice?: string
  /** A diff of YAML lines: ` `, `-` or `+` first. */
  readonly lines: readonly string[]
}

type Step = string | number

const at = (value: unknown, path: readonly Step[]): unknown =>
  path.reduce<unknown>(
    (found, step) =>
      typeof found === 'object' && found !== null ? (found as Record<Step, unknown>)[step] : undefined,
    value,
  )

const yaml = (value: unknown): readonly string[] =>
  stringify(value, { lineWidth: 0, indentSeq: false }).trimEnd().split('\n')
const marked = (mark: string, lines: readonly string[]) => lines.map((line) => `${mark} ${line}`)

/** Sets a value, adds it to a list (a position one past the end) or takes it away (undefined). */
export function edit(resource: Resource, field: string, value?: unknown): Edit {
  const path = parseFieldPath(field)
  const key = path.at(-1)
  const old = at(resource.object, path)
  const fix: Fix = value === undefined ? { field } : { field, value }
  return { origin: resource.origin(field), fix, lines: linesOf(resource, path, key ?? '', old, value) }
}

function linesOf(
  { object }: Resource,
  path: readonly Step[],
  key: Step,
  old: unknown,
  value: unknown,
): readonly string[] {
  if (typeof key === 'number') {
    const list = at(object, path.slice(0, -1))
    const before = Array.isArray(list) ? list.slice(Math.max(0, key - 1), key) : []
    return [
      `  ${path.at(-2)}:`,
      ...marked(' ', before.length > 0 ? yaml(before) : []),
      ...(old === undefined ? [] : marked('-', yaml([old]))),
      ...(value === undefined ? [] : marked('+', yaml([value]))),
    ]
  }
  return [
    ...(old === undefined ? [] : marked('-', yaml({ [key]: old }))),
    ...(value === undefined ? [] : marked('+', yaml({ [key]: value }))),
  ]
}

/** Adds to a list of an object. */
export function append(resource: Resource, field: string, value: unknown): Edit {
  const list = at(resource.object, parseFieldPath(field))
  return Array.isArray(list)
    ? edit(resource, `${field}[${list.length}]`, value)
    : edit(resource, field, [value])
}
