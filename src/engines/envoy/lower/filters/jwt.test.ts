import { createHash, createPublicKey } from 'node:crypto'
import { expect, it } from 'vitest'
import { NOBODYS_KEY } from './jwt.ts'

it('stands in with a key that was drawn from a text, not made', () => {
  const digest = createHash('sha256').update('sallyport: a key that nobody has 1').digest('base64url')
  expect(NOBODYS_KEY.x).toBe(digest)
  // Throws for a point that is not on the curve.
  expect(createPublicKey({ key: { ...NOBODYS_KEY }, format: 'jwk' }).asymmetricKeyType).toBe('ec')
})
