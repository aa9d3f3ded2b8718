import { describe, expect, it } from 'vitest'
import { PemStore } from './blob-store.ts'
import { digestOf } from './inspect.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('PemStore', () => {
  it('holds a value until its last lease is released', () => {
    const store = new PemStore()
    const first = store.hold([bytes('a'), bytes('a'), bytes('b')])
    const second = store.hold([bytes('a')])
    expect(store.get(digestOf(bytes('a')))).toEqual(bytes('a'))
    first.release()
    first.release()
    expect(store.get(digestOf(bytes('a')))).toEqual(bytes('a'))
    expect(store.get(digestOf(bytes('b')))).toBeUndefined()
    second.release()
    expect(store.size).toBe(0)
  })
})
