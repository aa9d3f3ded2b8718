import { describe, expect, it } from 'vitest'
import { builtinKinds } from '../../apiserver/builtin-kinds.ts'
import { istioCrds } from '../../apiserver/crd/istio-crds.ts'
import { kindFromCrd } from '../../apiserver/crd/kind-from-crd.ts'
import type { Schema } from '../../apiserver/schema.ts'
import type { KubeObject } from '../../resources/object.ts'
import { kindKey } from '../../resources/snapshot.ts'
import { unsupported } from '../support.ts'
import { allSupport } from './all.ts'
import { uncovered } from './uncovered.ts'

const schemas = new Map(
  [...builtinKinds, ...istioCrds().map(kindFromCrd)].map((kind) => [
    kindKey(kind.ref),
    kind.versions.find((face) => face.version === kind.ref.version && face.group === kind.ref.group)?.schema,
  ]),
)

/** Whether a schema has a field at a path as declarations write it. */
function has(schema: Schema | undefined, steps: readonly string[]): boolean {
  const [step, ...rest] = steps
  if (schema === undefined) return false
  if (step === undefined || step === '**') return true
  if (step === '[]') return has(schema.items, rest)
  const more = schema.additionalProperties
  if (step === '*') return typeof more === 'object' ? has(more, rest) : more === true
  return has(schema.properties?.[step], rest) || (typeof more === 'object' && has(more, rest))
}

const stepsOf = (pattern: string): readonly string[] => pattern.replaceAll('[]', '.[]').split('.')

describe.each(allSupport)('$kind', ({ kind, fields, notes = {}, inert = {} }) => {
  it('names only fields that the API has', () => {
    const named = [...fields, ...Object.keys(notes), ...Object.keys(inert)]
    expect(named.filter((field) => !has(schemas.get(kind), stepsOf(field)))).toEqual([])
  })
  it('says of no field that it is acted on and not', () => {
    expect(
      Object.keys(notes).filter((field) => fields.includes(field) && !field.endsWith('.action')),
    ).toEqual([])
  })
})

describe('uncovered', () => {
  const support = {
    kind: 'K',
    summary: '',
    fields: ['spec.a', 'spec.list[].b', 'spec.map.*', 'spec.deep.**'],
    inert: { 'spec.c': ['default'] },
    notes: { 'spec.list[].x': 'Because.' },
  }
  it.each([
    [
      {
        a: 1,
        list: [{ b: 1 }],
        map: { any: 1 },
        deep: { er: { and: [1] } },
        c: 'default',
        gone: null,
        empty: {},
      },
      [],
    ],
    [{ list: [{ b: 1 }, { x: 2 }] }, ['spec.list[1].x']],
    [{ c: 'other', map: { a: { b: 1 } }, z: { y: 1 } }, ['spec.c', 'spec.z']],
  ])('%j', (spec, expected) => {
    expect(uncovered({ spec }, support).map((one) => one.field)).toEqual(expected)
  })
  it('knows why', () => expect(uncovered({ spec: { list: [{ x: 1 }] } }, support)[0]?.note).toBe('Because.'))
})

describe('unsupported', () => {
  const findings = (object: unknown) =>
    unsupported({ object: object as KubeObject, origin: (field) => ({ field }) }).map(
      (one) => `${one.code} ${one.severity}`,
    )
  it.each([
    ['NetworkPolicy', 'networking.k8s.io/v1', ['SP0601 error']],
    ['EnvoyFilter', 'networking.istio.io/v1alpha3', ['SP0108 warning']],
    ['Gateway', 'gateway.networking.k8s.io/v1', ['SP0108 warning']],
    ['Gateway', 'networking.istio.io/v1', []],
    ['ConfigMap', 'v1', []],
    ['Widget', 'example.com/v1', []],
  ])('%s of %s', (kind, apiVersion, expected) => {
    expect(findings({ apiVersion, kind, metadata: { name: 'a', namespace: 'b' }, spec: {} })).toEqual(
      expected,
    )
  })
})
