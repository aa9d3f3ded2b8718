import { describe, expect, it } from 'vitest'
import { measure, type Values } from '../../metrics/exposition.ts'
import { Histogram } from '../../metrics/histogram.ts'
import { Figures } from './figures.ts'

function worker(requests: number, open: number): Values {
  const duration = new Histogram()
  for (let index = 0; index < requests; index++) duration.observe(3)
  const labels = { proxy: 'a' }
  return measure([
    { name: 'requests_total', help: 'h', type: 'counter', samples: () => [{ labels, value: requests }] },
    { name: 'open', help: 'h', type: 'gauge', samples: () => [{ labels, value: open }] },
    { name: 'took', help: 'h', type: 'histogram', samples: () => [{ labels, value: duration }] },
  ])
}

describe('Figures', () => {
  it('sums counters, gauges and histograms', async () => {
    const figures = new Figures()
    figures.told(0, worker(3, 1))
    figures.told(1, worker(4, 2))
    const text = await figures.text([])
    expect(text).toContain('requests_total{proxy="a"} 7\n')
    expect(text).toContain('open{proxy="a"} 3\n')
    expect(text).toContain('took_bucket{proxy="a",le="5"} 7\n')
    expect(text).toContain('took_count{proxy="a"} 7\n')
    expect(text).toContain('took_sum{proxy="a"} 21\n')
  })

  it('keeps the counts of workers that are gone, however often, and not their gauges', async () => {
    const figures = new Figures()
    figures.told(1, worker(1, 1))
    for (const requests of [5, 6]) {
      figures.told(0, worker(requests, 9))
      figures.lost(0)
    }
    figures.told(0, worker(2, 0))
    const text = await figures.text([{ state: 'running', restarts: 2 }])
    expect(text).toContain('requests_total{proxy="a"} 14\n')
    expect(text).toContain('took_count{proxy="a"} 14\n')
    expect(text).toContain('open{proxy="a"} 1\n')
    expect(text).toContain('sallyport_workers{state="running"} 1\n')
    expect(text).toContain('sallyport_worker_restarts_total 2\n')
  })
})
