// What is said of a controller that failed.
import { expect, it } from 'vitest'
import { failure } from './failure.ts'

it('names the controller, the object and the error', () => {
  expect(failure('endpoints', 'shop/web', new Error('conflict'))).toMatchObject({
    code: 'SP0703',
    severity: 'warning',
    message: 'endpoints shop/web: conflict',
  })
  expect(failure('endpoints', 'shop/web', 'gone').message).toBe('endpoints shop/web: gone')
})
