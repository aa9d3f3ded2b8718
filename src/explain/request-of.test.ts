// The place that a request comes from, as people write it.
import { expect, it } from 'vitest'
import type { KubeObject } from '../resources/object.ts'
import { defaultPlatform, type Resource, type Snapshot } from '../resources/snapshot.ts'
import { requestOf } from './request-of.ts'

const pod = (namespace: string, name: string, podIP: string, labels = {}): [string, Resource] => {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name, labels }, status: { podIP } }
  return [`${namespace}/${name}`, { object: object as KubeObject, origin: () => ({}) }]
}
const pods = new Map([
  pod('shop', 'web-5d8f-x1', '10.0.0.1', { 'security.istio.io/tlsMode': 'istio' }),
  pod('shop', 'web-5d8f-x2', '10.0.0.2'),
  pod('shop', 'db-0', '10.0.0.3'),
  pod('other', 'db-0', '10.0.0.4'),
])
const snapshot = { objects: new Map([['Pod', pods]]), platform: defaultPlatform } as unknown as Snapshot
const from = (place: string, url = 'http://api:80/') =>
  requestOf({ method: 'GET', url, headers: [], from: place, clientChain: [], trust: 'any' }, snapshot)

it('finds a pod by its name, and any pod of a workload', () => {
  expect(from('pod/shop/db-0')).toMatchObject({ sourceIp: '10.0.0.3', namespace: 'shop' })
  expect(from('pod/web-5d8f-x2')).toMatchObject({ sourceIp: '10.0.0.2' })
  expect(from('pod/web')).toMatchObject({ sourceIp: '10.0.0.1', via: { address: '10.0.0.1', port: 15001 } })
})

it('asks for the namespace when there are several, and names pods when there is none', () => {
  expect(from('pod/db-0')).toEqual({
    problem: 'pod/db-0 is in several namespaces: other, shop',
    fix: 'Write pod/other/db-0.',
  })
  expect(from('pod/nobody')).toMatchObject({ fix: expect.stringContaining('pod/shop/web-5d8f-x1') })
})

it('refuses what is no URL', () => {
  expect(from('internet', 'api/x')).toMatchObject({ problem: 'api/x is no http or https URL' })
})
