import { describe, expect, it } from 'vitest'
import { canBind, planAddresses } from './range.ts'
import { RangeClaim } from './range-claim.ts'

describe('planAddresses', () => {
  it('gives places that can be bound', async () => {
    const claim = new RangeClaim()
    const range = await claim.takeFree()
    try {
      const { locate } = await planAddresses(range)
      const { host, port } = locate(range.replace('0.0/16', '1.9'), 443)
      expect(await canBind(host, port)).toBe(true)
    } finally {
      await claim.release()
    }
  })
})
