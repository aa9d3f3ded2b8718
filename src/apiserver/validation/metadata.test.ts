import { describe, expect, it } from 'vitest'
import type { KubeObject, ObjectMeta } from '../../resources/object.ts'
import { formatFieldError } from './field-error.ts'
import { validateLabelSelector, validateMetadata, validateMetadataUpdate } from './metadata.ts'

const object = (metadata: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'a', namespace: 'n', ...metadata } as ObjectMeta,
})
const rules = { namespaced: true }
const check = (metadata: object) => validateMetadata(object(metadata), rules).map(formatFieldError)
const update = (before: object, after: object) =>
  validateMetadataUpdate(object(after), object(before), rules).map(formatFieldError)

describe('metadata of a new object', () => {
  it.each([
    [{}, []],
    [{ name: '' }, ['metadata.name: Required value: name or generateName is required']],
    [
      { name: 'A' },
      [expect.stringContaining('metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain')],
    ],
    [{ name: 'a-x', generateName: 'a-' }, []],
    [{ namespace: '' }, ['metadata.namespace: Required value']],
    [
      { labels: { a: '-' } },
      [expect.stringContaining('metadata.labels: Invalid value: "-": a valid label must be')],
    ],
    [{ annotations: { 'A/B': 'x' } }, []],
    [
      { annotations: { a: 'x'.repeat(262_144) } },
      ['metadata.annotations: Too long: may not be more than 262144 bytes'],
    ],
    [
      { finalizers: ['orphan', 'foregroundDeletion'] },
      [
        'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
      ],
    ],
    [
      { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '' }] },
      ['metadata.ownerReferences.uid: Invalid value: "": must not be empty'],
    ],
  ])('%j', (metadata, expected) => {
    expect(check(metadata)).toEqual(expected)
  })

  it('uses the rule of the kind, and no namespace where there is none', () => {
    const named = { namespaced: false, validateName: (name: string) => (name === 'a' ? 'not a' : undefined) }
    expect(validateMetadata(object({}), named).map(formatFieldError)).toEqual([
      'metadata.name: Invalid value: "a": not a',
      'metadata.namespace: Forbidden: not allowed on this type',
    ])
  })
})

describe('metadata of an update', () => {
  it("keeps what is the server's, and gets no finalizer once it is being deleted", () => {
    expect(update({ uid: 'u' }, { uid: 'v' })).toEqual([
      'metadata.uid: Invalid value: "v": field is immutable',
    ])
    const deletionTimestamp = '2026-11-22T10:00:00Z'
    const deleting = { deletionTimestamp, finalizers: ['a.b/c'] }
    expect(update(deleting, { deletionTimestamp, finalizers: ['a.b/c', 'x.y/z'] })).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.y/z"}',
    ])
    expect(update(deleting, { deletionTimestamp })).toEqual([])
  })
})

it('checks label selectors', () => {
  const selector = {
    matchLabels: { a: 'b' },
    matchExpressions: [
      { key: 'a', operator: 'In', values: [] },
      { key: 'a', operator: 'Exists', values: ['b'] },
      { key: 'a', operator: 'Like' },
    ],
  }
  expect(validateLabelSelector(selector, 'spec.selector').map(formatFieldError)).toEqual([
    "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    'spec.selector.matchExpressions[2].operator: Invalid value: "Like": not a valid selector operator',
  ])
})
