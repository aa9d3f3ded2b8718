import { describe, expect, it } from 'vitest'
import { deployment, replicaSet } from '../../testing/objects.ts'
import { findNewSet, templateHash } from './template.ts'

describe('templateHash', () => {
  const template = deployment('web').spec.template
  it('is a name part that does not depend on the order of keys', () => {
    const swapped = { spec: template.spec, metadata: template.metadata ?? {} }
    expect(templateHash(swapped)).toBe(templateHash(template))
    expect(templateHash(template)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{10}$/)
  })
  it('differs by content and by collision', () => {
    expect(templateHash(deployment('web', {}, 'httpbin:2').spec.template)).not.toBe(templateHash(template))
    expect(templateHash(template, 1)).not.toBe(templateHash(template))
  })
})

describe('findNewSet', () => {
  it('does not count the hash label, and takes the oldest', () => {
    const web = deployment('web', {}, 'b')
    const young = replicaSet('y', 1, 1, { image: 'b', created: '2026-02-01T00:00:00Z' })
    const old = replicaSet('o', 1, 1, { image: 'b' })
    expect(findNewSet(web, [young, replicaSet('x', 1, 1), old])).toBe(old)
    expect(findNewSet(deployment('web', {}, 'c'), [young, old])).toBeUndefined()
  })
})
