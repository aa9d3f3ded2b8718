import { describe, expect, it } from 'vitest'
import { mergeExpositions } from '../../metrics/merge.ts'
import { exposition, labelled } from './exposition.ts'

describe('Prometheus text', () => {
  it('escapes label values and leaves out families without samples', () => {
    const text = exposition('up', 'gauge', 'Whether it is.', [{ labels: { node: 'a"b\\c\nd' }, value: 1 }])
    expect(text).toBe('# HELP up Whether it is.\n# TYPE up gauge\nup{node="a\\"b\\\\c\\nd"} 1\n')
    expect(exposition('up', 'gauge', 'Whether it is.', [])).toBe('')
  })

  it('adds a label to every sample, and joins the families of many Envoys', () => {
    const envoy = (value: number) => `# TYPE rq counter\nrq{code="200"} ${value}\nrq ${value}\n`
    const one = labelled(envoy(1), 'proxy', 'a')
    expect(one).toBe('# TYPE rq counter\nrq{code="200",proxy="a"} 1\nrq{proxy="a"} 1\n')
    expect(mergeExpositions([one, labelled(envoy(2), 'proxy', 'b')])).toBe(
      '# TYPE rq counter\nrq{code="200",proxy="a"} 1\nrq{proxy="a"} 1\nrq{code="200",proxy="b"} 2\nrq{proxy="b"} 2\n',
    )
  })

  it('keeps what a family is about, once', () => {
    const text = exposition('up', 'gauge', 'Whether it is.', [{ labels: { node: 'a' }, value: 1 }])
    const other = text.replace('"a"', '"b"')
    expect(mergeExpositions([text, other])).toBe(`${text}up{node="b"} 1\n`)
  })
})
