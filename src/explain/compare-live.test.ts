import { describe, expect, it } from 'vitest'
import { difference } from './compare-live.ts'
import type { Outcome } from './hop.ts'

const outcome = (part: Partial<Outcome>): Outcome => ({
  kind: 'upstream',
  ok: true,
  hop: 0,
  summary: 's',
  ...part,
})

describe('difference', () => {
  it('leaves the status of an application to it', () => {
    expect(difference(outcome({}), { kind: 'answer', status: 418 })).toBeUndefined()
  })
  it('sees a door that answered in its place', () => {
    expect(difference(outcome({}), { kind: 'answer', status: 503, reason: 'UH' })).toContain(
      'a door answered 503',
    )
  })
  it('compares the status of a door', () => {
    const denied = outcome({ kind: 'proxy', ok: false, status: 403 })
    expect(difference(denied, { kind: 'answer', status: 403 })).toBeUndefined()
    expect(difference(denied, { kind: 'answer', status: 200 })).toBe(
      'predicted status 403, but the answer was 200',
    )
  })
  it('knows a refused handshake', () => {
    const shut = outcome({ kind: 'handshake', ok: false })
    expect(difference(shut, { kind: 'refused', message: 'reset' })).toBeUndefined()
    expect(difference(shut, { kind: 'answer', status: 200 })).toContain('but the answer was 200')
    expect(difference(outcome({}), { kind: 'refused', message: 'reset' })).toContain('refused: reset')
  })
  it('compares where a redirect goes', () => {
    const redirect = outcome({ kind: 'proxy', status: 301, location: 'https://a/' })
    expect(difference(redirect, { kind: 'answer', status: 301, location: 'https://b/' })).toContain(
      'goes to https://b/',
    )
  })
})
