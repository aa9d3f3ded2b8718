import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Level, priorityLoads } from './priority-load.ts'

const level = (sound: number, endpoints = 100): Level => ({ endpoints, sound })
const loads = (levels: readonly Level[], panic = 0) =>
  priorityLoads(levels, panic).map(({ percent, panic: all }) => (all ? `${percent}!` : percent))

describe('loads of priority levels', () => {
  // The tables of Envoy's documentation on priority levels and on the panic threshold, in the whole percents that it computes with.
  it.each([
    { sound: [100, 100], want: [100, 0] },
    { sound: [72, 100], want: [100, 0] },
    { sound: [71, 100], want: [99, 1] },
    { sound: [50, 100], want: [70, 30] },
    { sound: [25, 100], want: [35, 65] },
    { sound: [0, 100], want: [0, 100] },
    { sound: [25, 25], want: [50, 50] },
    { sound: [5, 0, 5], want: [50, 0, 50] },
    { sound: [100, 100, 100], want: [100, 0, 0] },
    { sound: [25, 25, 100], want: [35, 35, 30] },
    { sound: [0, 0], want: [0, 0] },
  ])('of $sound % sound are $want %', ({ sound, want }) => {
    expect(loads(sound.map((one) => level(one)))).toEqual(want)
  })
  it.each([
    { sound: [72, 72], want: [100, 0] },
    { sound: [71, 71], want: [99, 1] },
    { sound: [50, 60], want: [70, 30] },
    { sound: [25, 100], want: [35, 65] },
    { sound: [25, 25], want: ['50!', '50!'] },
    { sound: [5, 65], want: ['8!', 92] },
    { sound: [0, 0], want: ['50!', '50!'] },
  ])('with a panic threshold of 50 %, of $sound % sound are $want', ({ sound, want }) => {
    expect(
      loads(
        sound.map((one) => level(one)),
        50,
      ),
    ).toEqual(want)
  })
  it('is by number of endpoints where all levels panic', () => {
    expect(loads([level(0, 1), level(0, 2), level(0, 0)], 1)).toEqual(['34!', '66!', '0!'])
  })

  const levels = fc.array(
    fc.nat(40).chain((endpoints) => fc.nat(endpoints).map((sound) => ({ endpoints, sound }) satisfies Level)),
    { minLength: 1, maxLength: 5 },
  )
  it('makes 100 as soon as one endpoint can take a request, and never loads a level that cannot', () => {
    fc.assert(
      fc.property(levels, fc.constantFrom(0, 30, 50), (drawn, panic) => {
        const found = priorityLoads(drawn, panic)
        const total = found.reduce((sum, one) => sum + one.percent, 0)
        const usable = drawn.some(({ sound, endpoints }) => sound > 0 || (panic > 0 && endpoints > 0))
        expect(total).toBe(usable ? 100 : 0)
        for (const [index, { percent, panic: all }] of found.entries()) {
          const one = drawn[index] as Level
          if (percent > 0) expect(all ? one.endpoints : one.sound).toBeGreaterThan(0)
        }
      }),
    )
  })
})
