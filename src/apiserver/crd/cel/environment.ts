// The CEL environment of Kubernetes: the standard library, its own libraries, and regular expressions by RE2.
import { Environment } from '@marcbachmann/cel-js'
import { registerFormats } from './functions-format.ts'
import { registerLists } from './functions-lists.ts'
import { registerNetwork } from './functions-network.ts'
import { registerQuantity } from './functions-quantity.ts'
import { registerStrings } from './functions-strings.ts'
import { expandHas, renameCalls } from './source.ts'

let base: Environment | undefined

/** A fresh environment to declare variables and types in. */
export function celEnvironment(): Environment {
  if (!base) {
    base = new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true })
    registerStrings(base)
    registerLists(base)
    registerNetwork(base)
    registerQuantity(base)
    registerFormats(base)
  }
  return base.clone()
}

/** The library's own `matches` is a JavaScript regular expression and cannot be replaced, so calls go to ours. */
const RENAMED: ReadonlyMap<string, string> = new Map([['matches', 're2Matches']])

/** The text of a rule as it is given to the environment. */
export const prepareSource = (source: string): string => expandHas(renameCalls(source, RENAMED))
