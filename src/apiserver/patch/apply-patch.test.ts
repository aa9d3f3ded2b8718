// Patches against the examples of their RFCs, and strategic merges against Kubernetes' own library.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../resources/object.ts'
import { builtinSchema } from '../openapi/builtin-schema.ts'
import { applyPatch, JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH } from './apply-patch.ts'
import { isMap } from './json.ts'
import { applyJsonPatch, MAX_OPERATIONS } from './json-patch.ts'
import { mergePatch } from './merge-patch.ts'
import { PatchError } from './patch-error.ts'
import { strategicMerge } from './strategic-merge.ts'

/** Random objects and patches, most of them three-way diffs as kubectl apply makes them, through k8s.io/apimachinery v0.37.2 strategicpatch. */
const vectors = JSON.parse(
  readFileSync(new URL('./fixtures/strategic-merge.json', import.meta.url), 'utf8'),
) as { cases: { current: object; patch: Record<string, unknown>; result?: object; error?: boolean }[] }
const deployment = builtinSchema('apps', 'v1', 'Deployment')
const configMap = (data: Record<string, unknown>): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data }) as KubeObject

/** Nulls that upstream leaves in new lists mean nothing to the typed decoder. */
const withoutNulls = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, one) => (one === null ? undefined : one))

describe('strategic merge', () => {
  it.each(vectors.cases.map((one, index) => [index, one] as const))(
    'vector %i',
    (_, { current, patch, result, error }) => {
      const before = structuredClone([current, patch])
      if (error) expect(() => strategicMerge(current, patch, deployment)).toThrow(PatchError)
      else expect(withoutNulls(strategicMerge(current, patch, deployment))).toEqual(withoutNulls(result))
      expect([current, patch]).toEqual(before)
    },
  )

  const containers = (...items: object[]) => ({ spec: { template: { spec: { containers: items } } } })
  it.each<[string, object, Record<string, unknown>, object]>([
    [
      'a keyed list merges by its key',
      containers({ name: 'a', image: '1' }, { name: 'b' }),
      containers({ name: 'a', image: '2' }),
      containers({ name: 'a', image: '2' }, { name: 'b' }),
    ],
    [
      '$patch: delete takes an item away',
      containers({ name: 'a' }, { name: 'b' }),
      containers({ name: 'a', $patch: 'delete' }),
      containers({ name: 'b' }),
    ],
    [
      '$patch: replace in a list replaces it',
      containers({ name: 'a' }, { name: 'b' }),
      containers({ name: 'c' }, { $patch: 'replace' }),
      containers({ name: 'c' }),
    ],
    [
      '$patch: replace in a map replaces it',
      { spec: { selector: { matchLabels: { a: '1' } } } },
      { spec: { selector: { $patch: 'replace', matchLabels: { b: '2' } } } },
      { spec: { selector: { matchLabels: { b: '2' } } } },
    ],
    [
      '$retainKeys drops what it does not name',
      { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
      { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
      { spec: { strategy: { type: 'Recreate' } } },
    ],
    [
      '$deleteFromPrimitiveList and $setElementOrder',
      { metadata: { finalizers: ['x/a', 'x/b', 'x/c'] } },
      {
        metadata: {
          '$deleteFromPrimitiveList/finalizers': ['x/a'],
          '$setElementOrder/finalizers': ['x/d', 'x/b'],
          finalizers: ['x/d'],
        },
      },
      { metadata: { finalizers: ['x/d', 'x/b', 'x/c'] } },
    ],
    [
      'an unkeyed list is replaced',
      { spec: { template: { spec: { tolerations: [{ key: 'a' }] } } } },
      { spec: { template: { spec: { tolerations: [{ key: 'b' }] } } } },
      { spec: { template: { spec: { tolerations: [{ key: 'b' }] } } } },
    ],
  ])('%s', (_, current, patch, result) => {
    expect(strategicMerge(current, patch, deployment)).toEqual(result)
  })

  it('refuses what does not fit', () => {
    const live = configMap({})
    const refuse = (patch: object) => applyPatch(STRATEGIC_MERGE_PATCH, live, patch, deployment).refusal
    expect(refuse({ spec: { $patch: 'nonsense' } })).toBeUndefined()
    expect(refuse({ $patch: 'nonsense' })?.code).toBe(422)
    expect(refuse({ $retainKeys: 'x' })?.code).toBe(400)
    expect(refuse({ $setElementOrder: [] })?.code).toBe(400)
  })

  it('is idempotent for any patch without directives', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom('a', 1, null),
        fc.dictionary(fc.constantFrom('labels', 'name', 'spec', 'template', 'q'), tie('any')),
      ),
    })).any
    fc.assert(
      fc.property(value, value, (live, patch) => {
        fc.pre(isMap(patch))
        const once = strategicMerge(live, patch as Record<string, unknown>, deployment)
        expect(strategicMerge(once, patch as Record<string, unknown>, deployment)).toEqual(once)
      }),
    )
  })
})

describe('merge patch (RFC 7386, appendix A)', () => {
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j + %j', (target, patch, result) => expect(mergePatch(target, patch)).toEqual(result))
})

describe('JSON patch (RFC 6902, appendix A)', () => {
  it.each([
    [{ foo: 'bar' }, { op: 'add', path: '/baz', value: 'qux' }, { baz: 'qux', foo: 'bar' }],
    [{ foo: ['bar', 'baz'] }, { op: 'add', path: '/foo/1', value: 'qux' }, { foo: ['bar', 'qux', 'baz'] }],
    [{ baz: 'qux', foo: 'bar' }, { op: 'remove', path: '/baz' }, { foo: 'bar' }],
    [{ foo: ['bar', 'qux', 'baz'] }, { op: 'remove', path: '/foo/1' }, { foo: ['bar', 'baz'] }],
    [{ baz: 'qux' }, { op: 'replace', path: '/baz', value: 'boo' }, { baz: 'boo' }],
    [
      { a: { b: 1 }, c: {} },
      { op: 'move', from: '/a/b', path: '/c/d' },
      { a: {}, c: { d: 1 } },
    ],
    [
      { foo: ['all', 'grass', 'cows', 'eat'] },
      { op: 'move', from: '/foo/1', path: '/foo/3' },
      { foo: ['all', 'cows', 'eat', 'grass'] },
    ],
    [{ foo: ['bar'] }, { op: 'add', path: '/foo/-', value: ['abc'] }, { foo: ['bar', ['abc']] }],
    [{ a: 1 }, { op: 'copy', from: '/a', path: '/b' }, { a: 1, b: 1 }],
    [
      { '/': 9, '~1': 10 },
      { op: 'test', path: '/~01', value: 10 },
      { '/': 9, '~1': 10 },
    ],
    [{ a: [1, 2] }, { op: 'replace', path: '/a/-1', value: 3 }, { a: [1, 3] }],
    [{ a: null }, { op: 'test', path: '/a', value: null }, { a: null }],
  ])('%j with %j', (document, operation, result) => {
    const before = structuredClone(document)
    expect(applyJsonPatch(document, [operation])).toEqual(result)
    expect(document).toEqual(before)
  })

  it.each([
    { op: 'test', path: '/a', value: 2 },
    { op: 'remove', path: '/none' },
    { op: 'replace', path: '/none', value: 1 },
    { op: 'add', path: '/none/x', value: 1 },
    { op: 'add', path: '/list/7', value: 1 },
    { op: 'move', from: '/list', path: '/list/0' },
    { op: 'frobnicate', path: '/a' },
    { op: 'add', path: 'a', value: 1 },
    { op: 'add', path: '/a' },
  ])('%j does not apply', (operation) => {
    expect(() => applyJsonPatch({ a: 1, list: [] }, [operation])).toThrow(PatchError)
  })
})

describe('what clients are told', () => {
  it('a failing test is a 422 that says which', () => {
    const patch = [{ op: 'test', path: '/data/a', value: '2' }]
    expect(applyPatch(JSON_PATCH, configMap({ a: '1' }), patch, {}).refusal).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: expect.stringContaining('testing value /data/a failed'),
    })
  })
  it('too many operations are too large', () => {
    const patch = Array.from({ length: MAX_OPERATIONS + 1 }, () => ({ op: 'test', path: '', value: 1 }))
    expect(applyPatch(JSON_PATCH, configMap({}), patch, {}).refusal?.code).toBe(413)
  })
  it('a body of the wrong form is a 400', () => {
    expect(applyPatch(JSON_PATCH, configMap({}), {}, {}).refusal?.code).toBe(400)
    expect(applyPatch(MERGE_PATCH, configMap({}), [], {}).refusal?.code).toBe(400)
  })
  it('an object must remain', () => {
    expect(
      applyPatch(JSON_PATCH, configMap({}), [{ op: 'remove', path: '/metadata' }], {}).refusal?.code,
    ).toBe(422)
  })
})
