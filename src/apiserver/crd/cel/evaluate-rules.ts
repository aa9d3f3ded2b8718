// Rules of a CRD's schema, applied to an object: at each node the rules of its schema, with the node as `self`.
import { Optional } from '@marcbachmann/cel-js'
import type { FieldError } from '../../kind.ts'
import { sameJson } from '../../pipeline/same-json.ts'
import type { Schema } from '../../schema.ts'
import { correlate } from '../list-identity.ts'
import { compileRule, hasRules, type Rule, toDuration } from './rule.ts'
import { toCel } from './values.ts'

/** Loop iterations that one rule may take; beyond them the object is refused unjudged. */
const BUDGET = 1_000_000

/** Errors of all rules; transition rules need the old value. */
export function ruleErrors(object: unknown, old: unknown, schema: Schema): FieldError[] {
  return hasRules(schema) ? walk(object, old, schema, '', true) : []
}

function walk(value: unknown, old: unknown, schema: Schema, field: string, root = false): FieldError[] {
  if (!hasRules(schema) || value === undefined || value === null) return []
  const errors = nodeErrors(value, old, schema, field, root)
  const { properties = {}, additionalProperties, items } = schema
  if (Array.isArray(value)) {
    if (!items) return errors
    const before = correlate(schema, old)
    return [
      ...errors,
      ...value.flatMap((item, index) => walk(item, before(item), items, `${field}[${index}]`)),
    ]
  }
  if (typeof value !== 'object') return errors
  const oldMap = (typeof old === 'object' && old !== null ? old : {}) as Readonly<Record<string, unknown>>
  for (const [key, one] of Object.entries(value)) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (property) errors.push(...walk(one, oldMap[key], property, field === '' ? key : `${field}.${key}`))
    else if (typeof additionalProperties === 'object') {
      errors.push(...walk(one, oldMap[key], additionalProperties, `${field}[${key}]`))
    }
  }
  return errors
}

function nodeErrors(
  value: unknown,
  old: unknown,
  schema: Schema,
  field: string,
  root: boolean,
): FieldError[] {
  const rules = schema['x-kubernetes-validations']?.map(compileRule) ?? []
  if (rules.length === 0) return []
  const unchanged = old !== undefined && sameJson(value, old)
  const self = toCel(value, schema, toDuration, root)
  const oldSelf = old === undefined || old === null ? undefined : toCel(old, schema, toDuration, root)
  return rules.flatMap((rule) => {
    // what was accepted before need not be judged again; only a rule about the change itself does
    if (unchanged && !rule.transition) return []
    if (!rule.transition) return judge(rule, { self }, value, schema, field)
    if (rule.raw.optionalOldSelf) {
      return judge(
        rule,
        { self, oldSelf: oldSelf === undefined ? Optional.none() : Optional.of(oldSelf) },
        value,
        schema,
        field,
      )
    }
    return oldSelf === undefined ? [] : judge(rule, { self, oldSelf }, value, schema, field)
  })
}

function judge(
  rule: Rule,
  values: { self: unknown; oldSelf?: unknown },
  value: unknown,
  schema: Schema,
  field: string,
): FieldError[] {
  const type = schema.type ?? 'object'
  const at = field === '' ? '<nil>' : field
  if (rule.loops > 0 && largest(value) ** rule.loops > BUDGET) {
    const detail =
      'validation failed due to running out of cost budget, no further validation rules will be run'
    return [{ field: at, type: 'Invalid', value: type, detail }]
  }
  try {
    if (rule.evaluate(values) === true) return []
  } catch (error) {
    const detail = `${problemOf(error as Error)} evaluating rule: ${rule.raw.message ?? rule.raw.rule}`
    return [{ field: at, type: 'Invalid', value: type, detail }]
  }
  return [failure(rule, messageOf(rule, values), type, field)]
}

/** The library's text in the words of Kubernetes. */
function problemOf(error: Error & { readonly summary?: string }): string {
  const text = error.summary ?? error.message.split('\n')[0] ?? ''
  const index = /index out of bounds, index (-?\d+)/.exec(text)
  if (index) return `index out of bounds: ${index[1]}`
  if (text.startsWith('Invalid duration string')) {
    return "type conversion error from 'string' to 'google.protobuf.Duration'"
  }
  const conversion = /^(int|uint|double)\(\) type error: cannot convert/.exec(text)
  if (conversion) return `type conversion error from 'string' to '${conversion[1]}'`
  return text.charAt(0).toLowerCase() + text.slice(1)
}

function failure({ raw }: Rule, detail: string, type: string, field: string): FieldError {
  const path = raw.fieldPath ? `${field}${raw.fieldPath}`.replace(/^\./, '') : field
  const at = path === '' ? '<nil>' : path
  switch (raw.reason) {
    case 'FieldValueRequired':
      return { field: at, type: 'Required', detail }
    case 'FieldValueForbidden':
      return { field: at, type: 'Forbidden', detail }
    case 'FieldValueDuplicate':
      return { field: at, type: 'Duplicate', value: type }
    default:
      return { field: at, type: 'Invalid', value: type, detail }
  }
}

function messageOf(rule: Rule, values: { self: unknown; oldSelf?: unknown }): string {
  const fixed = rule.raw.message ?? `failed rule: ${rule.raw.rule.trim()}`
  if (!rule.message) return fixed
  try {
    const text = rule.message(values)
    return typeof text === 'string' && text.trim() !== '' && !text.includes('\n') ? text.trim() : fixed
  } catch {
    return fixed
  }
}

/** The size of the largest collection in a value: what one loop may run over. */
function largest(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const items = Object.values(value)
  return Math.max(items.length, ...items.map(largest))
}
