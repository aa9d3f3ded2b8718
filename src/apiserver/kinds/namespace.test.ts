import { expect, it } from 'vitest'
import { namespaceKind } from './namespace.ts'
import { write } from './testing/pipeline.ts'

const namespace = (rest: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'a', labels: { x: 'y' } },
  ...rest,
})

it('gets its finalizer, its phase and the label of its name', () => {
  const { object, errors } = write(namespaceKind, namespace({ spec: { finalizers: ['example.com/x'] } }))
  expect(errors).toEqual([])
  expect(object).toMatchObject({
    metadata: { labels: { x: 'y', 'kubernetes.io/metadata.name': 'a' } },
    spec: { finalizers: ['example.com/x', 'kubernetes'] },
    status: { phase: 'Active' },
  })
})

it('keeps its finalizers through updates and loses them by finalize only', () => {
  const { object: old } = write(namespaceKind, namespace())
  const emptied = namespace({ spec: { finalizers: [] } })
  expect(write(namespaceKind, emptied, { old }).object).toMatchObject({
    spec: { finalizers: ['kubernetes'] },
  })
  const finalized = write(namespaceKind, emptied, { old, subresource: 'finalize' })
  expect(finalized.object).toMatchObject({ spec: { finalizers: [] } })
})

it('has label names, qualified finalizers, and a phase that fits its life', () => {
  expect(namespaceKind.validateName?.('a.b')).toContain('RFC 1123 label')
  expect(namespaceKind.validateName?.('a-b')).toBeUndefined()
  expect(write(namespaceKind, namespace({ spec: { finalizers: ['bare'] } })).errors).toEqual([
    'spec.finalizers: Invalid value: "bare": name is neither a standard finalizer name nor is it fully qualified',
  ])
  const ended = namespace({ status: { phase: 'Terminating' } })
  expect(write(namespaceKind, ended, { subresource: 'status' }).errors).toEqual([
    'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
  ])
})
