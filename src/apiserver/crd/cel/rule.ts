// One x-kubernetes-validations rule, ready to run.
import type { Schema } from '../../schema.ts'
import { celEnvironment, prepareSource } from './environment.ts'
import { loopDepth, uses } from './source.ts'
import type { ToDuration } from './values.ts'

export type RawRule = NonNullable<Schema['x-kubernetes-validations']>[number]

export interface Rule {
  readonly raw: RawRule
  /** Needs the old value: runs on updates only, unless the old value is optional. */
  readonly transition: boolean
  readonly loops: number
  readonly evaluate: (values: { self: unknown; oldSelf?: unknown }) => unknown
  readonly message: ((values: { self: unknown; oldSelf?: unknown }) => unknown) | undefined
}

let environment: ReturnType<typeof celEnvironment> | undefined

/** Variables are untyped at run time: values carry their types, and the rule was checked with its CRD. */
function runtime() {
  environment ??= celEnvironment().registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn')
  return environment
}

const durationOf = (() => {
  let parse: ((values: object) => unknown) | undefined
  return (text: string): unknown => {
    parse ??= runtime().parse('duration(self)') as (values: object) => unknown
    return parse({ self: text })
  }
})()
export const toDuration: ToDuration = durationOf

const compiled = new WeakMap<RawRule, Rule>()

/** The rule compiled; throws for text that is no CEL (which a stored CRD cannot have). */
export function compileRule(raw: RawRule): Rule {
  let rule = compiled.get(raw)
  if (!rule) {
    const parse = (source: string) => runtime().parse(prepareSource(source)) as Rule['evaluate']
    rule = {
      raw,
      transition: uses(raw.rule, 'oldSelf'),
      loops: loopDepth(raw.rule),
      evaluate: parse(raw.rule),
      message: raw.messageExpression ? parse(raw.messageExpression) : undefined,
    }
    compiled.set(raw, rule)
  }
  return rule
}

const known = new WeakMap<Schema, boolean>()

/** Whether there are rules at or below a schema. */
export function hasRules(schema: Schema): boolean {
  let found = known.get(schema)
  if (found === undefined) {
    const { properties = {}, additionalProperties, items } = schema
    found =
      (schema['x-kubernetes-validations']?.length ?? 0) > 0 ||
      Object.values(properties).some(hasRules) ||
      (typeof additionalProperties === 'object' && hasRules(additionalProperties)) ||
      (items !== undefined && hasRules(items))
    known.set(schema, found)
  }
  return found
}
