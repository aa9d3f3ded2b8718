// The steps that the pipeline runs a kind's rules in, over a store that is a list: for tests of kinds alone.
import type { KindRef, KubeObject } from '../../../resources/object.ts'
import type { FieldError, KindDefinition, RuleContext } from '../../kind.ts'
import { formatFieldError } from '../../validation/field-error.ts'

export interface Written {
  readonly object: KubeObject
  /** As printed, one per error. */
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
}

/** A rule context over the given objects. */
export function contextOver(
  objects: readonly KubeObject[],
  subresource?: RuleContext['subresource'],
): RuleContext {
  const ofKind = (kind: KindRef, namespace?: string) =>
    objects.filter(
      (one) => one.kind === kind.kind && (namespace === undefined || one.metadata.namespace === namespace),
    )
  return {
    operation: 'update',
    ...(subresource ? { subresource } : {}),
    now: '2026-11-22T10:00:00Z',
    dryRun: false,
    get: (kind, name, namespace) => ofKind(kind, namespace).find((one) => one.metadata.name === name),
    list: ofKind,
    serviceCidr: '127.7.16.0/20',
  }
}

/** Defaults, prepares and validates, as a create (without `old`) or an update does. */
export function write(
  kind: KindDefinition,
  given: object,
  options: {
    readonly old?: KubeObject
    readonly others?: readonly KubeObject[]
    readonly subresource?: RuleContext['subresource']
  } = {},
): Written {
  const { old, others = [], subresource } = options
  const context = contextOver(others, subresource)
  let object = given as KubeObject
  if (kind.default) object = kind.default(object)
  if (kind.prepare) object = kind.prepare(object, old, context)
  const errors: readonly FieldError[] = kind.validate?.(object, old, context) ?? []
  return { object, errors: errors.map(formatFieldError), warnings: kind.warnings?.(object, old) ?? [] }
}
