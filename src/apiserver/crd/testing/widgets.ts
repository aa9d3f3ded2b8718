// A CRD of Widgets to test with, and what a write of a Widget comes to.
import type { KubeObject } from '../../../resources/object.ts'
import type { RuleContext } from '../../kind.ts'
import { formatFieldError } from '../../validation/field-error.ts'
import { crdKind } from '../crd-kind.ts'
import type { CustomResourceDefinition } from '../custom-resource-definition.ts'
import { kindFromCrd } from '../kind-from-crd.ts'

export const context: RuleContext = {
  operation: 'create',
  now: '2026-01-01T00:00:00Z',
  dryRun: false,
  get: () => undefined,
  list: () => [],
  serviceCidr: '127.9.16.0/20',
}
export const now = Date.parse('2026-01-01T01:00:00Z')

/** A CRD of Widgets whose spec has these properties. */
export function widgets(
  spec: object,
  changes: Record<string, unknown> = {},
  version: object = {},
): CustomResourceDefinition {
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      names: { plural: 'widgets', kind: 'Widget' },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', ...spec } } } },
          ...version,
        },
      ],
      ...changes,
    },
  }
  return crdKind.default?.(crd as unknown as KubeObject) as CustomResourceDefinition
}
export const crdProblems = (crd: CustomResourceDefinition, old?: CustomResourceDefinition): string[] =>
  (crdKind.validate?.(crd, old, context) ?? []).map(formatFieldError)
export const widget = (spec: unknown, rest: object = {}): KubeObject =>
  ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec, ...rest }) as KubeObject

export interface Result {
  readonly spec: unknown
  readonly errors: readonly string[]
}
/** What a write of a spec leaves, with its errors. */
export function write(crd: CustomResourceDefinition, spec: unknown, oldSpec?: unknown): Result {
  const wrong = crdProblems(crd)
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  const kind = kindFromCrd(crd)
  const object = kind.default?.(widget(spec)) as KubeObject & { spec: unknown }
  const old = oldSpec === undefined ? undefined : widget(oldSpec)
  return { spec: object.spec, errors: (kind.validate?.(object, old, context) ?? []).map(formatFieldError) }
}
