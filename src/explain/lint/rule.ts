// The shape of a lint rule: which codes it may give, and a pure check over everything that is known.
import type { Code } from '../../diagnostics/catalogue.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { World } from './world.ts'

export interface Rule {
  readonly codes: readonly Code[]
  /** Yields findings; may throw for an object that is not what its type says, which costs the rest of this rule's findings on that object only. */
  readonly check: (world: World) => readonly Diagnostic[]
}

/** A rule, as each file under rules/ exports one. */
export const rule = (definition: Rule): Rule => definition
