// What a change of a place costs, and who shares what.
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../../ir/cluster.ts'
import type { Model } from '../../../ir/proxy.ts'
import type { KubeObject } from '../../../resources/object.ts'
import type { Resource } from '../../../resources/snapshot.ts'
import { expand } from '../../../sources/files/expand/expand.ts'
import { parseObjects } from '../../../sources/files/parse.ts'
import { createCompiler } from '../../compile.ts'
import { identitiesFor, snapshotOf } from '../../testing/snapshots.ts'

const pod = (name: string, locality: string, more = ''): string => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: default, labels: { app: ${name}, sidecar.istio.io/inject: 'true', istio-locality: ${locality}${more} } }
spec: { containers: [{ name: main }] }
---`
const service = (name: string): string => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: default }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---`
const rule = (extra = ''): string => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ranked, namespace: default }
spec: { host: ranked, trafficPolicy: { outlierDetection: {}, loadBalancer: { localityLbSetting: { enabled: true${extra} } } } }
---`
const node = (zone: string, beat: number): string => `
apiVersion: v1
kind: Node
metadata: { name: n1, annotations: { beat: '${beat}' }, labels: { topology.kubernetes.io/region: r, topology.kubernetes.io/zone: ${zone} } }
---`
const programs = `${service('ranked')}${service('plain')}
apiVersion: v1
kind: Pod
metadata: { name: one, namespace: default, labels: { app: ranked, tier: gold } }
spec: { nodeName: n1, containers: [{ name: main }] }
---
apiVersion: v1
kind: Pod
metadata: { name: two, namespace: default, labels: { app: ranked, istio-locality: r.b } }
spec: { containers: [{ name: main }] }
---`

const identities = identitiesFor(['default/default'])
const known = new Map<string, Resource>()
/** Objects whose text did not change stay the same resources, as in a running cluster. */
const snapshot = (text: string) => {
  const parsed = expand(parseObjects(text, 'in.yaml').resources, { platform: [] })
  const kept = parsed.map((one): Resource => {
    const key = JSON.stringify(one.object satisfies KubeObject)
    const before = known.get(key) ?? one
    known.set(key, before)
    return before
  })
  return snapshotOf(kept, identities)
}
const clusterOf = ({ proxies }: Model, name: string, service: string): Cluster | undefined =>
  proxies
    .find(({ id }) => id === `sidecar/default/${name}`)
    ?.clusters.find((one) => one.name.includes(`|${service}.`))
const priorities = (model: Model, name: string): readonly number[] | undefined =>
  clusterOf(model, name, 'ranked')?.endpoints.map(({ priority = 0 }) => priority)

describe('vantage points', () => {
  const clients = pod('a1', 'r.a') + pod('a2', 'r.a') + pod('b', 'r.b', ', tier: gold')
  it('share what they see alike', () => {
    const { model } = createCompiler().compile(snapshot(clients + programs + rule() + node('a', 1)))
    expect(priorities(model, 'a1')).toEqual([0, 1])
    expect(priorities(model, 'b')).toEqual([1, 0])
    expect(clusterOf(model, 'a1', 'ranked')).toBe(clusterOf(model, 'a2', 'ranked'))
    expect(clusterOf(model, 'a1', 'plain')).toBe(clusterOf(model, 'b', 'plain'))
  })
  it('a beat of a node changes nothing, another zone moves what stands there', () => {
    const compiler = createCompiler()
    const at = (zone: string, beat: number) =>
      compiler.compile(snapshot(clients + programs + rule() + node(zone, beat))).model
    const first = at('a', 1)
    const before = compiler.runs().get('placed-cluster')
    expect(at('a', 2)).toBe(first)
    expect(compiler.runs().get('placed-cluster')).toBe(before)
    const moved = at('b', 2)
    expect(priorities(moved, 'a1')).toEqual([0, 0])
    expect(priorities(moved, 'b')).toEqual([0, 0])
    expect(clusterOf(moved, 'a1', 'plain')).toBe(clusterOf(first, 'a1', 'plain'))
  })
  it('labels count as soon as a rule names them', () => {
    const compiler = createCompiler()
    const by = (extra: string) =>
      compiler.compile(snapshot(clients + programs + rule(extra) + node('a', 1))).model
    expect(priorities(by(''), 'b')).toEqual([1, 0])
    const ranked = by(', failoverPriority: [tier]')
    expect(priorities(ranked, 'a1')).toEqual([1, 0])
    expect(priorities(ranked, 'b')).toEqual([0, 1])
  })
})
