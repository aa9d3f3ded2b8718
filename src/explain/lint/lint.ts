// Everything that is wrong, in one list: what compile met and what the rules find beyond it.
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import { formatOrigin } from '../../diagnostics/origin.ts'
import type { Model } from '../../ir/proxy.ts'
import type { Snapshot } from '../../resources/snapshot.ts'
import { withRepair } from './repairs.ts'
import type { Rule } from './rule.ts'
import { rules } from './rules/index.gen.ts'
import { type World, worldOf } from './world.ts'

export interface LintInput {
  readonly snapshot: Snapshot
  readonly model: Model
  /** What reading and compiling found; kept, and not said again. */
  readonly diagnostics: readonly Diagnostic[]
}

function run(rule: Rule, world: World): readonly Diagnostic[] {
  try {
    return rule.check(world)
  } catch (error) {
    const message = `A check (${rule.codes.join(', ')}) failed: ${error instanceof Error ? error.message : String(error)}`
    return [diagnostic('SP0105', {}, message)]
  }
}

/** Two findings are the same when they have one code at one place with one text; SP0105 is said once of an object. */
const nameOf = ({ code, origin, message }: Diagnostic): string =>
  code === 'SP0105' && origin.object !== undefined
    ? `${code} ${formatOrigin({ object: origin.object })}`
    : `${code} ${formatOrigin(origin)} ${message}`

const placeOf = ({ origin }: Diagnostic): string =>
  `${origin.file ?? ''} ${String(origin.line ?? 0).padStart(8, '0')} ${formatOrigin(origin)}`

/** All findings, each once, in order of file and line. Never throws. */
export function lint(input: LintInput): readonly Diagnostic[] {
  const world = worldOf(input.snapshot, input.model)
  const all = [
    ...input.diagnostics.map((one) => withRepair(world, one)),
    ...rules.flatMap((rule) => run(rule, world)),
  ]
  const unique = new Map<string, Diagnostic>()
  for (const one of all) if (!unique.has(nameOf(one))) unique.set(nameOf(one), one)
  return [...unique]
    .map(([name, one]) => [`${placeOf(one)} ${name}`, one] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => one)
}
