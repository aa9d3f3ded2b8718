import { describe, expect, it } from 'vitest'
import { engineChoiceText, everywhere, parseEngineChoice } from './choice.ts'

describe('the choice of engines', () => {
  it.each([
    ['node', everywhere('node')],
    ['envoy', everywhere('envoy')],
    ['gateway=envoy', { alb: 'node', gateway: 'envoy', sidecar: 'node' }],
    ['alb=envoy,gateway=node', { alb: 'envoy', gateway: 'node', sidecar: 'node' }],
  ])('reads %s', (text, choice) => {
    expect(parseEngineChoice(text)).toEqual(choice)
    expect(parseEngineChoice(engineChoiceText(everywhere('node')))).toEqual(everywhere('node'))
  })

  it.each(['', 'nginx', 'alb', 'alb=nginx', 'alb=node=x', 'door=envoy', 'node,envoy'])(
    'refuses "%s"',
    (text) => {
      expect(parseEngineChoice(text)).toBeUndefined()
    },
  )

  it('is written as it can be read', () => {
    const mixed = { alb: 'envoy', gateway: 'node', sidecar: 'envoy' } as const
    expect(parseEngineChoice(engineChoiceText(mixed))).toEqual(mixed)
  })
})
