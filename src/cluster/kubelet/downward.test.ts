import { describe, expect, it } from 'vitest'
import { pod } from '../testing/objects.ts'
import { fieldValue, quantity, resourceValue } from './downward.ts'

const web = pod('web', {
  labels: { app: 'web', 'example.com/x': '1' },
  metadata: { uid: 'u' },
  spec: { nodeName: 'n' },
  containers: [
    { name: 'main', resources: { limits: { cpu: '1500m', memory: '64Mi' }, requests: { cpu: '250m' } } },
  ],
})
const place = { podIP: '127.9.64.1', hostIP: '127.9.0.1' }

describe('fieldValue', () => {
  it.each([
    ['metadata.name', 'web'],
    ['metadata.namespace', 'default'],
    ['metadata.uid', 'u'],
    ["metadata.labels['example.com/x']", '1'],
    ["metadata.annotations['none']", ''],
    ['metadata.labels', 'app="web"\nexample.com/x="1"'],
    ['spec.nodeName', 'n'],
    ['spec.serviceAccountName', 'default'],
    ['status.podIP', '127.9.64.1'],
    ['status.hostIP', '127.9.0.1'],
  ])('%s', (path, expected) => {
    expect(fieldValue(web, place, path)).toBe(expected)
  })
  it('knows no other path', () => {
    expect(fieldValue(web, place, 'status.phase')).toBeUndefined()
  })
})

describe('resourceValue', () => {
  const node = { cpu: 8, memory: 2 ** 30 }
  it.each([
    ['limits.cpu', undefined, '2'],
    ['limits.cpu', '1m', '1500'],
    ['requests.cpu', '1m', '250'],
    ['limits.memory', '1Mi', '64'],
    ['requests.memory', '1', '0'],
  ])('%s / %s', (resource, divisor, expected) => {
    expect(resourceValue(web, 'main', { resource, ...(divisor ? { divisor } : {}) }, node)).toBe(expected)
  })
  it('an open limit is what the node has', () => {
    expect(resourceValue(pod('p'), 'main', { resource: 'limits.memory', divisor: '1Mi' }, node)).toBe('1024')
  })
})

describe('quantity', () => {
  it.each([
    ['100m', 0.1],
    ['1.5', 1.5],
    ['2Ki', 2048],
    ['3G', 3e9],
    ['1e3', 1000],
    ['nonsense', 0],
  ])('%s', (text, expected) => {
    expect(quantity(text)).toBeCloseTo(expected)
  })
})
