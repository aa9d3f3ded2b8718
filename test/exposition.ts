// Prometheus text (exposition format 0.0.4), read strictly: throws at the first line that a scraper would refuse or read in another way.

export interface Sample {
  readonly family: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const NAME = /^[A-Za-z_:][\w:]*/
const LABEL = /^([A-Za-z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(,|(?=\}))/
const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped'])
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
}

function fail(number: number, line: string, why: string): never {
  throw new Error(`line ${number}: ${why}: ${line}`)
}

function labelsOf(text: string, number: number, line: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== '') {
    const [whole, name = '', value = ''] =
      LABEL.exec(`${rest}}`) ?? fail(number, line, 'a label cannot be read')
    if (name in labels) fail(number, line, `label ${name} stands twice`)
    labels[name] = value.replace(/\\([\\"n])/g, (_, one: string) => (one === 'n' ? '\n' : one))
    rest = rest.slice(whole.length)
  }
  return labels
}

function numberOf(text: string, number: number, line: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  if (text === '' || Number.isNaN(Number(text))) fail(number, line, 'no number')
  return Number(text)
}

/** All samples; families must be whole and come once, every sample's labels must be its own, histograms must add up. */
export function parseExposition(text: string): readonly Sample[] {
  const samples: Sample[] = []
  const types = new Map<string, string>()
  const seen = new Set<string>()
  let family = ''
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  for (const [index, line] of text.split('\n').entries()) {
    const number = index + 1
    if (line === '') continue
    if (line.startsWith('#')) {
      const [, word, name = '', type = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? []
      if (word === undefined) continue
      if (!NAME.test(name)) fail(number, line, 'no metric name')
      if (word === 'TYPE') {
        if (!TYPES.has(type)) fail(number, line, 'no such type')
        if (types.has(name)) fail(number, line, 'the family comes twice')
        types.set(name, type)
        family = name
      }
      continue
    }
    const name = NAME.exec(line)?.[0] ?? fail(number, line, 'no metric name')
    const type = types.get(family) ?? fail(number, line, 'a sample without a type')
    if (!(SUFFIXES[type] ?? ['']).some((suffix) => family + suffix === name)) {
      fail(number, line, `not of the family ${family}`)
    }
    const [, inner = '', value = ''] =
      /^(?:\{(.*)\})? (\S+)$/.exec(line.slice(name.length)) ?? fail(number, line, 'cannot be read')
    const labels = labelsOf(inner, number, line)
    const key = JSON.stringify([name, Object.entries(labels).sort()])
    if (seen.has(key)) fail(number, line, 'the sample stands twice')
    seen.add(key)
    const sample = { family, name, labels, value: numberOf(value, number, line) }
    if (type === 'counter' && sample.value < 0) fail(number, line, 'a counter below 0')
    samples.push(sample)
  }
  for (const [name, type] of types) if (type === 'histogram') checkHistogram(name, samples)
  return samples
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const groups = new Map<string, { below: number; bound: number; count?: number }>()
  for (const { name: one, labels, value } of samples) {
    if (one !== `${name}_bucket` && one !== `${name}_count`) continue
    const { le, ...rest } = labels
    const key = JSON.stringify(Object.entries(rest).sort())
    const group = groups.get(key) ?? { below: 0, bound: Number.NEGATIVE_INFINITY }
    groups.set(key, group)
    if (one === `${name}_count`) {
      group.count = value
      continue
    }
    const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le)
    if (!(bound > group.bound) || value < group.below)
      throw new Error(`${name}${key}: buckets do not grow at ${le}`)
    group.bound = bound
    group.below = value
  }
  for (const [key, { below, bound, count }] of groups) {
    if (bound !== Number.POSITIVE_INFINITY || count !== below)
      throw new Error(`${name}${key}: count ${count}, +Inf ${below}`)
  }
}

/** The sum of a metric's samples that have these labels. */
export function total(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter(
      (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
    )
    .reduce((sum, { value }) => sum + value, 0)
}
