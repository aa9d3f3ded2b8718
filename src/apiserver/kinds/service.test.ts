import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../resources/object.ts'
import { serviceKind } from './service.ts'
import type { Service } from './service-type.ts'
import { write } from './testing/pipeline.ts'

const service = (spec: object, name = 's') => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'n' },
  spec,
})
const ports = [{ port: 80 }]
const specOf = (object: KubeObject) => (object as Service).spec
const created = (spec: object, others: readonly KubeObject[] = [], name = 's') =>
  write(serviceKind, service(spec, name), { others }).object

describe('a new Service', () => {
  it('gets defaults and an address', () => {
    const { object, errors, warnings } = write(serviceKind, service({ ports }))
    expect([errors, warnings]).toEqual([[], []])
    const { clusterIP } = specOf(object)
    expect(clusterIP).toMatch(/^127\.7\.(1[6-9]|2\d|3[01])\.\d+$/)
    expect(object).toMatchObject({
      spec: {
        type: 'ClusterIP',
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        clusterIPs: [clusterIP],
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      },
      status: { loadBalancer: {} },
    })
    expect(specOf(object)).not.toHaveProperty('externalTrafficPolicy')
  })

  it('gets node ports as its type asks, shared between protocols', () => {
    const spec = {
      type: 'LoadBalancer',
      ports: [
        { name: 'a', port: 53 },
        { name: 'b', port: 53, protocol: 'UDP' },
      ],
    }
    const [tcp, udp] = specOf(created(spec)).ports ?? []
    expect(tcp?.nodePort).toBeGreaterThanOrEqual(30_086)
    expect(tcp?.nodePort).toBeLessThanOrEqual(32_767)
    expect(udp?.nodePort).toBe(tcp?.nodePort)
    const none = created({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports })
    expect(specOf(none).ports?.[0]).not.toHaveProperty('nodePort')
    const local = specOf(created({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports }))
    expect(local.healthCheckNodePort).toBeGreaterThan(30_000)
  })

  it('gets no address when it is headless or a name', () => {
    expect(specOf(created({ clusterIP: 'None', selector: { a: 'b' } }))).toMatchObject({
      clusterIPs: ['None'],
      ipFamilies: ['IPv4'],
    })
    expect(specOf(created({ clusterIP: 'None' }))).toMatchObject({
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'RequireDualStack',
    })
    expect(specOf(created({ type: 'ExternalName', externalName: 'a.example.' }))).not.toHaveProperty(
      'clusterIP',
    )
  })

  it('never gets what another one has', () => {
    const all: KubeObject[] = []
    for (let count = 0; count < 300; count++) {
      all.push(created({ type: 'NodePort', ports }, all, `s${count}`))
    }
    expect(new Set(all.map((one) => specOf(one).clusterIP)).size).toBe(all.length)
    expect(new Set(all.map((one) => specOf(one).ports?.[0]?.nodePort)).size).toBe(all.length)
  })

  it.each([
    [{}, ['spec.ports: Required value']],
    [
      { ports: [{ port: 0 }] },
      [
        'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
      ],
    ],
    [
      { ports: [{ port: 80 }, { port: 80, name: 'a' }] },
      ['spec.ports[0].name: Required value', 'spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}'],
    ],
    [
      { ports: [{ port: 80, targetPort: 'no_good', protocol: 'X' }] },
      [
        'spec.ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
        'spec.ports[0].targetPort: Invalid value: "no_good": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      ],
    ],
    [
      { ports: [{ port: 80, nodePort: 30_000 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] },
      [
        'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
      ],
    ],
    [
      { type: 'Odd', ports },
      [
        'spec.type: Unsupported value: "Odd": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    ],
    [{ type: 'ExternalName' }, ['spec.externalName: Required value']],
    [
      { type: 'NodePort', clusterIP: 'None', ports },
      ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services'],
    ],
    [
      { clusterIP: '10.0.0.1', ports },
      [
        'spec.clusterIPs: Invalid value: ["10.0.0.1"]: failed to allocate IP 10.0.0.1: the provided IP (10.0.0.1) is not in the valid range. The range of valid IPs is 127.7.16.0/20',
      ],
    ],
    [
      { clusterIP: 'x', ports },
      [
        'spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      { externalTrafficPolicy: 'Local', ports },
      [
        'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
      ],
    ],
    [
      { loadBalancerSourceRanges: ['10.0.0.0/8'], ports },
      ["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"],
    ],
    [
      { ipFamilyPolicy: 'RequireDualStack', ports },
      [
        'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
      ],
    ],
  ])('is refused: %j', (spec, expected) => {
    expect(write(serviceKind, service(spec)).errors).toEqual(expected)
  })

  it('is refused what another one holds', () => {
    const first = created({
      type: 'NodePort',
      clusterIP: '127.7.16.9',
      ports: [{ port: 80, nodePort: 30_080 }],
    })
    const second = service(
      { type: 'NodePort', clusterIP: '127.7.16.9', ports: [{ port: 80, nodePort: 30_080 }] },
      't',
    )
    expect(write(serviceKind, second, { others: [first] }).errors).toEqual([
      'spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
      'spec.clusterIPs: Invalid value: ["127.7.16.9"]: failed to allocate IP 127.7.16.9: provided IP is already allocated',
    ])
  })
})

describe('an updated Service', () => {
  it('keeps address and node ports that the client leaves out', () => {
    const old = created({
      type: 'NodePort',
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ],
    })
    const replaced = service({
      type: 'NodePort',
      ports: [
        { name: 'b', port: 8081 },
        { name: 'a', port: 80 },
      ],
    })
    const { object, errors } = write(serviceKind, replaced, { old, others: [old] })
    expect(errors).toEqual([])
    expect(specOf(object).clusterIP).toBe(specOf(old).clusterIP)
    const byName = (one: KubeObject) => new Map(specOf(one).ports?.map((port) => [port.name, port.nodePort]))
    expect(byName(object)).toEqual(byName(old))
  })

  it('loses what its new type has no use for, and gets what it needs', () => {
    const balancer = created({ type: 'LoadBalancer', ports })
    const withStatus = {
      ...balancer,
      status: { loadBalancer: { ingress: [{ ip: '127.7.1.1', ipMode: 'VIP' }] } },
    }
    const plain = write(
      serviceKind,
      { ...withStatus, spec: { ...specOf(balancer), type: 'ClusterIP' } },
      { old: withStatus },
    )
    expect(plain.errors).toEqual([])
    expect(specOf(plain.object)).not.toHaveProperty('allocateLoadBalancerNodePorts')
    expect(specOf(plain.object)).not.toHaveProperty('externalTrafficPolicy')
    expect(specOf(plain.object).ports?.[0]).not.toHaveProperty('nodePort')
    expect(plain.object).toMatchObject({ status: { loadBalancer: {} } })
    const name = {
      ...plain.object,
      spec: { ...specOf(plain.object), type: 'ExternalName', externalName: 'a.b' },
    }
    const named = write(serviceKind, name, { old: plain.object })
    expect(named.errors).toEqual([])
    expect(specOf(named.object)).not.toHaveProperty('clusterIPs')
    const back = write(serviceKind, service({ type: 'NodePort', ports }), { old: named.object })
    expect(back.errors).toEqual([])
    expect(specOf(back.object).clusterIP).toMatch(/^127\.7\./)
  })

  it('cannot change its address', () => {
    const old = created({ ports })
    const moved = service({ clusterIP: '127.7.16.77', ports })
    expect(write(serviceKind, moved, { old }).errors).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["127.7.16.77"]: may not change once set',
    ])
  })

  it('is the same after being written again', () => {
    for (const spec of [
      { ports },
      { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports },
      { clusterIP: 'None' },
    ]) {
      const old = created(spec)
      expect(write(serviceKind, old, { old, others: [old] })).toEqual({
        object: old,
        errors: [],
        warnings: [],
      })
    }
  })

  it('takes a load balancer status only as a load balancer', () => {
    const status = { loadBalancer: { ingress: [{ ip: '127.7.1.1' }, { hostname: '1.2.3.4' }] } }
    const balancer = created({ type: 'LoadBalancer', ports })
    const written = write(serviceKind, { ...balancer, status }, { old: balancer, subresource: 'status' })
    expect(written.errors).toEqual([
      'status.loadBalancer.ingress[1].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
    ])
    expect(written.object).toMatchObject({
      status: { loadBalancer: { ingress: [{ ip: '127.7.1.1', ipMode: 'VIP' }, {}] } },
    })
    const plain = created({ ports })
    expect(write(serviceKind, { ...plain, status }, { old: plain, subresource: 'status' }).errors).toEqual([
      "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
    ])
  })
})

it('prints as kubectl get svc does', () => {
  const cells = (spec: object, status?: object) =>
    serviceKind.table.cells({ ...created(spec), ...(status ? { status } : {}) } as KubeObject, 0).slice(1, 5)
  expect(cells({ clusterIP: 'None' })).toEqual(['ClusterIP', 'None', '<none>', '<none>'])
  expect(cells({ type: 'ExternalName', externalName: 'a.b' })).toEqual([
    'ExternalName',
    '<none>',
    'a.b',
    '<none>',
  ])
  const balancer = { type: 'LoadBalancer', clusterIP: '127.7.16.5', ports: [{ port: 80, nodePort: 30_001 }] }
  expect(cells(balancer)).toEqual(['LoadBalancer', '127.7.16.5', '<pending>', '80:30001/TCP'])
  const ingress = [{ ip: '127.7.1.2' }, { ip: '127.7.1.1' }]
  expect(cells(balancer, { loadBalancer: { ingress } })[2]).toBe('127.7.1.1,127.7.1.2')
})
