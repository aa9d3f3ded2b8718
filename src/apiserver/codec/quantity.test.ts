import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalQuantity, parseQuantity } from './quantity.ts'

describe('canonicalQuantity', () => {
  it.each([
    ['0', '0'],
    ['0Gi', '0'],
    ['0.5', '500m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1.5Gi', '1536Mi'],
    ['1024Mi', '1Gi'],
    ['1023', '1023'],
    ['512Ki', '512Ki'],
    ['0.1Gi', '107374182400m'],
    ['100000', '100k'],
    ['1e3', '1e3'],
    ['1.5E3', '1500'],
    ['-5', '-5'],
    ['.5', '500m'],
    ['1.', '1'],
    ['0.0000000001', '1n'],
    ['99E', '9223372036854775807'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical)
  })

  it.each(['', '.', 'x', '1x', '1 Gi', '1kk', '--1', '1e', 'Ki', '1.2.3'])('refuses %j', (text) => {
    expect(canonicalQuantity(text)).toBeUndefined()
  })

  it('is idempotent and keeps the value', () => {
    const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'Ti', 'e3', 'E-2')
    void fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), fc.nat(9999), suffix, (whole, fraction, unit) => {
        const text = `${whole}.${fraction}${unit}`
        const canonical = canonicalQuantity(text) ?? ''
        expect(canonicalQuantity(canonical)).toBe(canonical)
        expect(parseQuantity(canonical)?.nano).toBe(parseQuantity(text)?.nano)
      }),
    )
  })
})
