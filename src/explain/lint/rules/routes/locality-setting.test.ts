import { describe, expect, it } from 'vitest'
import { lintYaml } from '../../testing/lint-yaml.ts'

const world = (policy: string, rest = '', places = true): readonly string[] => {
  const node = `
---
apiVersion: v1
kind: Node
metadata: { name: n1, labels: { topology.kubernetes.io/region: r1, topology.kubernetes.io/zone: a } }
---
apiVersion: v1
kind: Node
metadata: { name: n2, labels: { topology.kubernetes.io/region: r2, topology.kubernetes.io/zone: b } }
`
  const found = lintYaml(`
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: web, namespace: shop }
spec:
  host: web
  trafficPolicy: ${policy}
${rest}${places ? node : ''}`)
  return found.flatMap(({ code, origin }) =>
    /^SP05(17|18|19|20)$/.test(code)
      ? [`${code} ${origin.field?.replace(/^.*localityLbSetting\./, '')}`]
      : [],
  )
}
const setting = (text: string, outlier = 'outlierDetection: {}, '): string =>
  `{ ${outlier}loadBalancer: { localityLbSetting: ${text} } }`

describe('locality settings', () => {
  it.each([
    ['failover', '{ failover: [{ from: r1, to: r2 }] }', 'SP0517 failover'],
    ['an order of labels', '{ failoverPriority: [tier] }', 'SP0517 failoverPriority'],
  ])('%s without outlier detection has no effect', (_what, text, finding) => {
    expect(world(setting(text, ''))).toEqual([finding])
    expect(world(setting(text))).toEqual([])
  })
  it('a subset takes outlier detection from the host, a port does not', () => {
    const failover = 'loadBalancer: { localityLbSetting: { failover: [{ from: r1, to: r2 }] } }'
    const subset = `  subsets: [{ name: v1, labels: {}, trafficPolicy: { ${failover} } }]`
    expect(world('{ outlierDetection: {} }', subset)).toEqual([])
    expect(world('{}', subset)).toEqual(['SP0517 failover'])
    const port = `portLevelSettings: [{ port: { number: 80 }, ${failover} }]`
    expect(world(`{ outlierDetection: {}, ${port} }`)).toEqual(['SP0517 failover'])
  })
  it.each([
    [
      'weights that do not make 100',
      '{ distribute: [{ from: r1/*, to: { r1/*: 60, r2/*: 30 } }] }',
      'SP0518 distribute[0].to',
    ],
    [
      'an entry within another',
      '{ distribute: [{ from: r1/*, to: { r1/*: 60, r1/a/*: 40 } }] }',
      'SP0519 distribute[0].to',
    ],
    [
      'distribute and failover',
      '{ distribute: [{ from: r1/*, to: { r2/*: 100 } }], failover: [{ from: r1, to: r2 }] }',
      'SP0519 distribute',
    ],
    [
      'failover and labels of places',
      '{ failover: [{ from: r1, to: r2 }], failoverPriority: [topology.kubernetes.io/region] }',
      'SP0519 failoverPriority',
    ],
    ['failover to itself', '{ failover: [{ from: r1, to: r1 }] }', 'SP0519 failover[0]'],
    ['failover of a zone', '{ failover: [{ from: r1, to: r2/b }] }', 'SP0519 failover[0]'],
    ['a region where nothing runs', '{ failover: [{ from: r1, to: r3 }] }', 'SP0520 failover[0]'],
    [
      'a zone where nothing runs',
      '{ distribute: [{ from: r1/a/*, to: { r2/c: 100 } }] }',
      'SP0520 distribute[0]',
    ],
  ])('%s is found', (_what, text, finding) => {
    expect(world(setting(text))).toEqual([finding])
  })
  it('knows of no place where nothing says where anything runs', () => {
    expect(world(setting('{ failover: [{ from: r1, to: r3 }] }'), '', false)).toEqual([])
  })
})
