import { describe, expect, test } from 'vitest'
import { HeaderBlock } from './header-block.ts'
import { Known } from './known-headers.ts'

describe('fields that no parser has read', () => {
  test('cannot end their line, whichever bytes they come out as', () => {
    const block = new HeaderBlock()
    block.add('x-a', 'a\r\nx-evil: b')
    block.set('x-b', 'č\u010ax-evil: b')
    expect(block.toLines()).toBe('\r\nx-a: ax-evil: b\r\nx-b: x-evil: b')
  })

  test('a known one that was removed by name is not there', () => {
    const block = new HeaderBlock()
    block.add('x-forwarded-proto', 'https')
    block.add('x-envoy-a', '1')
    block.add('x-envoy-b', '2')
    block.remove('x-forwarded-proto')
    block.remove('x-envoy-a')
    expect([block.has(Known.forwardedProto), block.has(Known.envoy)]).toEqual([false, true])
  })
})
