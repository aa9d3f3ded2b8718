// Events in both groups, endpoints, nodes: conversions, rules and cells.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../resources/object.ts'
import type { KindDefinition, RuleContext } from '../kind.ts'
import { formatFieldError } from '../validation/field-error.ts'
import { endpointSliceKind } from './endpoint-slice.ts'
import { endpointsKind } from './endpoints.ts'
import { eventKind } from './event.ts'
import { eventFromStorage, eventToStorage } from './event-faces.ts'
import { leaseKind } from './lease.ts'
import { nodeKind } from './node.ts'

const now = Date.parse('2026-01-01T01:00:00Z')
const context: RuleContext = {
  operation: 'create',
  now: '2026-01-01T00:00:00Z',
  dryRun: false,
  get: () => undefined,
  list: () => [],
  serviceCidr: '127.9.16.0/20',
}
const metadata = { name: 'x', namespace: 'ns', creationTimestamp: '2026-01-01T00:00:00Z' }
const make = (fields: object): KubeObject =>
  ({ apiVersion: 'v1', kind: 'X', metadata, ...fields }) as KubeObject
const errors = (kind: KindDefinition, object: KubeObject, old?: KubeObject): string[] =>
  (kind.validate?.(kind.default?.(object) ?? object, old, context) ?? []).map(formatFieldError)

describe('an event', () => {
  const event = make({
    kind: 'Event',
    involvedObject: { kind: 'Pod', name: 'web', namespace: 'ns' },
    reason: 'Started',
    message: 'Started container c\n',
    type: 'Normal',
    count: 3,
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:59:00Z',
    source: { component: 'kubelet', host: 'n' },
  })

  it('has newer names in events.k8s.io', () => {
    expect(eventFromStorage(event)).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      regarding: { kind: 'Pod' },
      note: 'Started container c\n',
      deprecatedCount: 3,
      deprecatedSource: { component: 'kubelet' },
    })
  })

  it('round-trips', () => {
    const names = ['involvedObject', 'message', 'source', 'count', 'reportingComponent', 'reason', 'action']
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.string()), (fields) => {
        const object = make(fields)
        expect(eventToStorage(eventFromStorage(object))).toEqual(object)
      }),
    )
  })

  it('fills its table', () => {
    expect(eventKind.table.cells(event, now)).toEqual([
      '60s',
      'Normal',
      'Started',
      'pod/web',
      '',
      'kubelet, n',
      'Started container c',
      '60m',
      3,
      'x',
    ])
  })

  it('is about its own namespace', () => {
    expect(errors(eventKind, event)).toEqual([])
    expect(errors(eventKind, make({ involvedObject: { namespace: 'other' } }))).toEqual([
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ])
  })

  it('of the newer sort is complete', () => {
    const newer = make({ involvedObject: { namespace: 'ns' }, eventTime: '2026-01-01T00:00:00.000000Z' })
    expect(errors(eventKind, newer)).toContain('reportingController: Required value')
    expect(errors(eventKind, newer)).toContain('action: Required value')
  })
})

describe('endpoints', () => {
  it('show three, then how many more', () => {
    const addresses = [1, 2, 3, 4, 5].map((n) => ({ ip: `127.9.64.${n}` }))
    const object = make({ subsets: [{ addresses, ports: [{ port: 80 }] }] })
    expect(endpointsKind.table.cells(object, now)[1]).toBe(
      '127.9.64.1:80,127.9.64.2:80,127.9.64.3:80 + 2 more...',
    )
    expect(endpointsKind.table.cells(make({}), now)[1]).toBe('<none>')
    expect(errors(endpointsKind, object)).toEqual([])
  })
  it('must be addresses and ports', () => {
    expect(errors(endpointsKind, make({ subsets: [{}] }))).toContain(
      'subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`',
    )
    const named = make({ subsets: [{ addresses: [{ ip: 'x' }], ports: [{ port: 1 }, { port: 2 }] }] })
    expect(errors(endpointsKind, named)).toContain('subsets[0].ports[0].name: Required value')
    expect(errors(endpointsKind, named)[0]).toContain('must be a valid IP address')
  })
})

describe('an endpoint slice', () => {
  const slice = (fields: object) => make({ addressType: 'IPv4', endpoints: [], ...fields })
  it('names and protocols default', () => {
    expect(endpointSliceKind.default?.(slice({ ports: [{ port: 80 }] }))).toMatchObject({
      ports: [{ name: '', protocol: 'TCP', port: 80 }],
    })
  })
  it('fills its table', () => {
    const object = slice({ endpoints: [{ addresses: ['127.9.64.1'] }], ports: [{ port: 80 }, { port: 443 }] })
    expect(endpointSliceKind.table.cells(object, now)).toEqual(['x', 'IPv4', '80,443', '127.9.64.1', '60m'])
    expect(endpointSliceKind.table.cells(slice({}), now).slice(2, 4)).toEqual(['<unset>', '<unset>'])
  })
  it('keeps its address type, and addresses are of it', () => {
    expect(errors(endpointSliceKind, slice({ addressType: 'IPv6' }), slice({}))).toEqual([
      'addressType: Invalid value: "IPv6": field is immutable',
    ])
    expect(errors(endpointSliceKind, slice({ endpoints: [{ addresses: ['::2'] }] }))).toEqual([
      'endpoints[0].addresses: Invalid value: "::2": must be an IPv4 address',
    ])
    expect(errors(endpointSliceKind, make({}))).toEqual(['addressType: Required value'])
  })
})

describe('a node', () => {
  it('fills its table', () => {
    const node = make({
      metadata: { ...metadata, labels: { 'node-role.kubernetes.io/worker': '' } },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        addresses: [{ type: 'InternalIP', address: '127.9.0.1' }],
        nodeInfo: { kubeletVersion: 'v1.35.0', kernelVersion: '6.1', architecture: 'amd64' },
      },
    })
    expect(nodeKind.table.cells(node, now)).toEqual([
      'x',
      'Ready,SchedulingDisabled',
      'worker',
      '60m',
      'v1.35.0',
      '127.9.0.1',
      '<none>',
      '<unknown>',
      '6.1 (amd64)',
      '<unknown>',
    ])
  })
})

describe('a lease', () => {
  it('lasts', () => {
    expect(errors(leaseKind, make({ spec: { leaseDurationSeconds: 0 } }))).toEqual([
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    ])
  })
})
