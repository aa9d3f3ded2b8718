import { expect, it } from 'vitest'
import { headerFields } from './header-fields.ts'

it('removes what a client could choose where a computed value is empty, unless another value needs it', () => {
  const removed = (...set: (readonly [string, string])[]) =>
    headerFields({ request: { set } })['request_headers_to_remove']
  expect(removed(['x-a', '%REQ(x-b)%'])).toEqual(['x-a'])
  expect(removed(['x-a', '100%%'])).toBeUndefined()
  expect(removed(['x-a', '%REQ(x-b)%'], ['x-c', '%REQ(x-d?x-a)%'])).toEqual(['x-c'])
})
