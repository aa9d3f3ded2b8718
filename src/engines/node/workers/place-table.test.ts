import { describe, expect, it } from 'vitest'
import type { Model } from '../../../ir/proxy.ts'
import { locateByPlaces, PlaceTable } from './place-table.ts'

const model = (binds: readonly [string, number][], endpoints: readonly [string, number][]): Model =>
  ({
    proxies: [
      {
        listeners: [{ binds: binds.map(([address, port]) => ({ address, port })) }],
        clusters: [{ endpoints: endpoints.map(([address, port]) => ({ address, port })) }],
      },
    ],
  }) as unknown as Model

describe('PlaceTable', () => {
  it('tells of nothing that follows from the ports alone', () => {
    const moved = new Map([[443, 20_443]])
    const locate = locateByPlaces(new Map(), moved)
    const table = new PlaceTable(locate, moved)
    const one = model([['127.7.1.1', 443]], [['127.7.64.1', 8443]])
    expect(table.delta(one)).toEqual(new Map())
    expect(table.bindsOf(one)).toEqual([{ host: '127.7.1.1', port: 20_443 }])
    expect(locate('10.0.0.1', 80)).toEqual({ host: '10.0.0.1', port: 80 })
  })

  it('tells once of every other place, and a newcomer of all', () => {
    let next = 1000
    const known = new Map<string, number>()
    const locate = (address: string, port: number) => {
      const key = `${address}:${port}`
      known.set(key, known.get(key) ?? next++)
      return { host: '127.0.0.1', port: known.get(key) as number }
    }
    const table = new PlaceTable(locate, new Map())
    const first = table.delta(model([['a', 80]], [['b', 80]]))
    const second = table.delta(
      model(
        [['a', 80]],
        [
          ['b', 80],
          ['c', 80],
        ],
      ),
    )
    expect([first.size, [...second.keys()]]).toEqual([2, ['c|80']])
    const worker = locateByPlaces(table.whole(), new Map())
    for (const address of ['a', 'b', 'c']) expect(worker(address, 80)).toEqual(locate(address, 80))
  })
})
