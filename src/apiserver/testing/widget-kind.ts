// A small kind for tests of the pipeline: namespaced, with status, scale, two faces, a default, a rule and a grace period.
import type { KindRef, KubeObject } from '../../resources/object.ts'
import type { KindDefinition } from '../kind.ts'
import type { Schema } from '../schema.ts'
import { formatAge } from '../table/age.ts'

export const WIDGET: KindRef = {
  group: 'test.dev',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
}

export interface Widget extends KubeObject {
  readonly spec?: { readonly size?: number; readonly color?: string; readonly grace?: number }
  readonly status?: { readonly phase?: string; readonly size?: number }
}

const body = (size: string): Schema => ({
  type: 'object',
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: {
      type: 'object',
      properties: {
        [size]: { type: 'integer' },
        color: { type: 'string' },
        grace: { type: 'integer' },
      },
    },
    status: {
      type: 'object',
      properties: { phase: { type: 'string' }, size: { type: 'integer' } },
    },
  },
})

/** v1beta1 calls `size` `bigness`. */
const renamed = (object: KubeObject, from: string, to: string): KubeObject => {
  const { spec = {}, ...rest } = object as KubeObject & { spec?: Record<string, unknown> }
  const { [from]: value, ...others } = spec
  return { ...rest, spec: value === undefined ? others : { ...others, [to]: value } } as KubeObject
}

export const widgetKind: KindDefinition = {
  ref: WIDGET,
  singular: 'widget',
  listKind: 'WidgetList',
  shortNames: ['wd'],
  categories: ['all'],
  versions: [
    { group: 'test.dev', version: 'v1', schema: body('size') },
    {
      group: 'test.dev',
      version: 'v1beta1',
      schema: body('bigness'),
      toStorage: (object) => renamed(object, 'bigness', 'size'),
      fromStorage: (object) => renamed(object, 'size', 'bigness'),
      deprecated: 'test.dev/v1beta1 Widget is deprecated; use test.dev/v1 Widget',
    },
  ],
  subresources: {
    status: true,
    scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' },
  },
  builtin: false,
  default: (object) => {
    const { spec } = object as Widget
    return { ...object, spec: { color: 'blue', ...spec } } as Widget
  },
  validate: (object) => {
    const { spec } = object as Widget
    return (spec?.size ?? 0) < 0
      ? [{ field: 'spec.size', type: 'Invalid', value: spec?.size, detail: 'must not be negative' }]
      : []
  },
  warnings: (object) => ((object as Widget).spec?.color === 'beige' ? ['spec.color: beige is "boring"'] : []),
  gracePeriod: (object) => (object as Widget).spec?.grace ?? 0,
  selectableFields: { 'spec.color': (object) => (object as Widget).spec?.color ?? '' },
  table: {
    columns: [
      { name: 'Name', type: 'string', format: 'name', description: 'Its name.', priority: 0 },
      { name: 'Age', type: 'string', description: 'Its age.', priority: 0 },
      { name: 'Color', type: 'string', description: 'Its color.', priority: 1 },
    ],
    cells: (object, now) => [
      object.metadata.name,
      formatAge(object.metadata.creationTimestamp, now),
      (object as Widget).spec?.color ?? null,
    ],
  },
}

/** A widget in namespace `default`. */
export function widget(name: string, spec: Widget['spec'] = {}, meta: object = {}): Widget {
  return {
    apiVersion: 'test.dev/v1',
    kind: 'Widget',
    metadata: { name, namespace: 'default', ...meta },
    spec,
  }
}
