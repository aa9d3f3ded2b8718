// Rules of a CRD's schema, checked when the CRD is written: they must be CEL, and name only fields that the schema has.
import { ParseError } from '@marcbachmann/cel-js'
import type { FieldError } from '../../kind.ts'
import type { Schema } from '../../schema.ts'
import { forbidden, invalid, notSupported, required } from '../../validation/field-error.ts'
import { celEnvironment, prepareSource } from './environment.ts'
import { hasRules, type RawRule } from './rule.ts'
import { uses } from './source.ts'
import { TypeNames } from './types.ts'

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']
/** What makes a rule wrong whatever the values are. Others (a comparison of two types, say) depend on how far the checker follows types. */
const FATAL = new Set(['no_such_key', 'unknown_variable', 'no_matching_overload', 'invalid_macro_argument'])

/** What is wrong with the rules below a schema at `field`. */
export function ruleProblems(schema: Schema, field: string): FieldError[] {
  if (!hasRules(schema)) return []
  const environment = celEnvironment()
  const types = new TypeNames(environment)
  const found: FieldError[] = []
  const visit = (node: Schema, path: string, correlatable: string | undefined, root: boolean): void => {
    if (!hasRules(node)) return
    const rules = node['x-kubernetes-validations'] ?? []
    const type = rules.length > 0 ? types.of(node, root) : ''
    rules.forEach((rule, index) => {
      const at = `${path}.x-kubernetes-validations[${index}]`
      found.push(...formErrors(rule, node, at))
      pending.push({ rule, at, type, uncorrelatable: correlatable })
    })
    for (const [name, property] of Object.entries(node.properties ?? {})) {
      visit(property, `${path}.properties[${name}]`, correlatable, false)
    }
    if (node.items) {
      const items = `${path}.items`
      visit(node.items, items, node['x-kubernetes-list-type'] === 'map' ? correlatable : path, false)
    }
    if (typeof node.additionalProperties === 'object') {
      visit(node.additionalProperties, `${path}.additionalProperties`, correlatable, false)
    }
  }
  const check = checker(environment)
  const pending: { rule: RawRule; at: string; type: string; uncorrelatable: string | undefined }[] = []
  visit(schema, field, undefined, true)
  for (const { rule, at, type, uncorrelatable } of pending) {
    if (uncorrelatable !== undefined && uses(rule.rule, 'oldSelf')) {
      found.push(
        invalid(
          `${at}.rule`,
          rule.rule,
          `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`,
        ),
      )
    }
    const optional = rule.optionalOldSelf === true
    for (const [name, source, wanted] of [
      ['rule', rule.rule, 'bool'],
      ['messageExpression', rule.messageExpression, 'string'],
    ] as const) {
      const problem = source?.trim() ? check({ type, optional, source, wanted }) : undefined
      if (problem !== undefined) found.push(invalid(`${at}.${name}`, rule, problem))
    }
  }
  return found
}

interface Question {
  readonly type: string
  readonly optional: boolean
  readonly source: string
  readonly wanted: string
}

/** Checks a source once per type: CRDs say the same of many fields. */
function checker(environment: ReturnType<typeof celEnvironment>) {
  const environments = new Map<string, ReturnType<typeof celEnvironment>>()
  const answers = new Map<string, string | undefined>()
  return (question: Question): string | undefined => {
    const { type, optional } = question
    const key = JSON.stringify(question)
    if (answers.has(key)) return answers.get(key)
    const oldSelf = optional ? `optional<${type}>` : type
    const typed =
      environments.get(oldSelf) ??
      environment.clone().registerVariable('self', type).registerVariable('oldSelf', oldSelf)
    environments.set(oldSelf, typed)
    const answer = problemOf(typed, question)
    answers.set(key, answer)
    return answer
  }
}

function problemOf(
  typed: ReturnType<typeof celEnvironment>,
  { source, wanted }: Question,
): string | undefined {
  const result = typed.check(prepareSource(source))
  if (result.valid) {
    if (result.type === wanted || result.type === 'dyn') return undefined
    return wanted === 'bool'
      ? 'cel expression must evaluate to a bool'
      : 'messageExpression must evaluate to a string'
  }
  const { error } = result
  return error ? compilationProblem(error) : undefined
}

const SCALARS = ['string', 'int', 'uint', 'double', 'bool', 'bytes']

/** A problem that holds whatever the values are; undefined for what depends on how far the checker follows types. */
function compilationProblem(error: Error & { readonly code?: string }): string | undefined {
  const text = error.message.split('\n')[0] ?? ''
  const overload = /^no such overload: (\w+) (\S+) (\w+)$/.exec(text)
  if (overload) {
    const [, left = '', operator, right = ''] = overload
    if (!SCALARS.includes(left) || !SCALARS.includes(right)) return undefined
    return `compilation failed: found no matching overload for '_${operator}_' applied to '(${left}, ${right})'`
  }
  if (!(error instanceof ParseError) && !FATAL.has(error.code ?? '')) return undefined
  const words = text
    .replace(/^No such key: (.*)$/, "undefined field '$1'")
    .replace(/^Unknown variable: (.*)$/, "undeclared reference to '$1' (in container '')")
  return `compilation failed: ${words}`
}

function formErrors(rule: RawRule, schema: Schema, at: string): FieldError[] {
  const errors: FieldError[] = []
  const blank = (text: string | undefined): boolean => text !== undefined && text.trim() === ''
  if (!rule.rule?.trim()) errors.push(required(`${at}.rule`, 'rule is not specified'))
  if (blank(rule.message))
    errors.push(invalid(`${at}.message`, rule.message, 'must be non-empty if specified'))
  if (rule.message?.trim().includes('\n')) {
    errors.push(invalid(`${at}.message`, rule.message, 'must not contain line breaks'))
  }
  if (!rule.message && !rule.messageExpression && rule.rule?.trim().includes('\n')) {
    errors.push(required(`${at}.message`, 'message must be specified if rule contains line breaks'))
  }
  if (blank(rule.messageExpression)) {
    errors.push(required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'))
  }
  if (rule.reason !== undefined && !REASONS.includes(rule.reason)) {
    errors.push(notSupported(`${at}.reason`, rule.reason, REASONS))
  }
  if (rule.fieldPath !== undefined && !hasField(schema, rule.fieldPath)) {
    errors.push(invalid(`${at}.fieldPath`, rule.fieldPath, 'must be a valid path'))
  }
  if (rule.optionalOldSelf && !uses(rule.rule ?? '', 'oldSelf')) {
    errors.push(forbidden(`${at}.optionalOldSelf`, 'may not be set if oldSelf is not used in rule'))
  }
  return errors
}

/** Whether a path like `.a.b` or `['a-b']` leads to a field of the schema. */
function hasField(schema: Schema, path: string): boolean {
  if (!/^(\.[A-Za-z_][\w-]*|\['[^']*'\])+$/.test(path)) return false
  const names = [...path.matchAll(/\.([A-Za-z_][\w-]*)|\['([^']*)'\]/g)].map(
    ([, name, quoted]) => name ?? quoted ?? '',
  )
  return names.reduce<Schema | undefined>(fieldOf, schema) !== undefined
}

function fieldOf(schema: Schema | undefined, name: string): Schema | undefined {
  const { properties = {}, additionalProperties } = schema ?? {}
  return properties[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
}
