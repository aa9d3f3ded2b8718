import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../resources/object.ts'
import { decodeValue } from '../codec/decode-body.ts'
import { builtinSchema } from '../openapi/builtin-schema.ts'
import { ingressKind } from './ingress.ts'
import { ingressClassKind } from './ingress-class.ts'
import { ingressFromStorage, ingressToStorage } from './ingress-faces.ts'
import { write } from './testing/pipeline.ts'

const ingress = (spec: object, metadata: object = {}) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'i', namespace: 'n', ...metadata },
  spec,
})
const backend = { service: { name: 's', port: { number: 80 } } }
const rule = (path: object) => ({
  rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend, ...path }] } }],
})

describe('Ingress rules', () => {
  it.each([
    [{}, ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified']],
    [{ defaultBackend: backend }, []],
    [
      { rules: [{ host: '1.2.3.4' }] },
      ['spec.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address'],
    ],
    [
      { rules: [{ host: '*.example.com', http: { paths: [] } }] },
      ['spec.rules[0].http.paths: Required value'],
    ],
    [
      rule({ pathType: undefined }),
      ['spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified'],
    ],
    [
      rule({ pathType: 'Regex' }),
      [
        'spec.rules[0].http.paths[0].pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"',
      ],
    ],
    [
      rule({ path: 'a//b/..' }),
      [
        'spec.rules[0].http.paths[0].path: Invalid value: "a//b/..": must be an absolute path',
        'spec.rules[0].http.paths[0].path: Invalid value: "a//b/..": must not contain \'//\'',
        'spec.rules[0].http.paths[0].path: Invalid value: "a//b/..": cannot end with \'/..\'',
      ],
    ],
    [rule({ pathType: 'ImplementationSpecific', path: '' }), []],
    [rule({ pathType: 'ImplementationSpecific', path: '/a//b' }), []],
    [
      rule({ backend: {} }),
      ['spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required'],
    ],
    [
      rule({ backend: { service: { name: 's', port: { name: 'http', number: 80 } } } }),
      ['spec.rules[0].http.paths[0].backend: Invalid value: "": cannot set both port name & port number'],
    ],
    [
      rule({ backend: { service: { name: 's' } } }),
      ['spec.rules[0].http.paths[0].backend: Required value: port name or number is required'],
    ],
    [
      rule({ backend: { resource: { apiGroup: 'x.y', kind: 'K', name: '' } } }),
      ['spec.rules[0].http.paths[0].backend.resource.name: Required value'],
    ],
    [
      { defaultBackend: backend, tls: [{ hosts: ['a_b'], secretName: '-' }] },
      [
        expect.stringContaining('spec.tls[0].hosts[0]: Invalid value: "a_b"'),
        expect.stringContaining('spec.tls[0].secretName: Invalid value: "-"'),
      ],
    ],
  ])('%j', (spec, expected) => {
    expect(write(ingressKind, ingress(spec)).errors).toEqual(expected)
  })

  it('wants annotation and ingressClassName to agree, on create', () => {
    const metadata = { annotations: { 'kubernetes.io/ingress.class': 'a' } }
    const both = ingress({ ingressClassName: 'b', defaultBackend: backend }, metadata)
    expect(write(ingressKind, both).errors).toEqual([
      'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
    ])
    expect(write(ingressKind, both, { old: both as KubeObject }).errors).toEqual([])
    expect(write(ingressKind, ingress({ defaultBackend: backend }, metadata)).warnings).toEqual([
      `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`,
    ])
  })

  it('gets the default class, the newest of several', () => {
    const ingressClass = (name: string, creationTimestamp: string, isDefault: string): KubeObject => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: {
        name,
        creationTimestamp,
        annotations: { 'ingressclass.kubernetes.io/is-default-class': isDefault },
      },
    })
    const others = [
      ingressClass('old', '2026-01-01T00:00:00Z', 'true'),
      ingressClass('new', '2026-02-01T00:00:00Z', 'true'),
      ingressClass('not', '2026-03-01T00:00:00Z', 'false'),
    ]
    const given = ingress({ defaultBackend: backend })
    expect(write(ingressKind, given, { others }).object).toMatchObject({ spec: { ingressClassName: 'new' } })
    expect(write(ingressKind, given, { others, old: given as KubeObject }).object).not.toHaveProperty(
      'spec.ingressClassName',
    )
  })

  it('prints hosts, address and ports', () => {
    const hosts = ['a.b', 'c.d', '', 'e.f', 'g.h'].map((host) => ({ host }))
    const status = { loadBalancer: { ingress: [{ hostname: 'lb' }, { ip: '127.7.1.1' }] } }
    const shown = { ...ingress({ ingressClassName: 'x', rules: hosts, tls: [{}] }), status } as KubeObject
    expect(ingressKind.table.cells(shown, 0).slice(1, 5)).toEqual([
      'x',
      'a.b,c.d,e.f + 2 more...',
      '127.7.1.1,lb',
      '80, 443',
    ])
    expect(ingressKind.table.cells(ingress({}) as KubeObject, 0).slice(1, 5)).toEqual([
      '<none>',
      '*',
      '',
      '80',
    ])
  })
})

describe('the old faces of Ingress', () => {
  it('convert backends, and default the path type', () => {
    const old = {
      apiVersion: 'extensions/v1beta1',
      kind: 'Ingress',
      metadata: { name: 'i', managedFields: [{ apiVersion: 'extensions/v1beta1' }] },
      spec: {
        backend: { serviceName: 'd', servicePort: 'http' },
        rules: [
          { host: 'h', http: { paths: [{ path: '/', backend: { serviceName: 's', servicePort: 443 } }] } },
          { host: 'only' },
        ],
      },
    }
    const stored = ingressToStorage(old)
    expect(stored).toEqual({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'i', managedFields: [{ apiVersion: 'extensions/v1beta1' }] },
      spec: {
        defaultBackend: { service: { name: 'd', port: { name: 'http' } } },
        rules: [
          {
            host: 'h',
            http: {
              paths: [
                {
                  path: '/',
                  pathType: 'ImplementationSpecific',
                  backend: { service: { name: 's', port: { number: 443 } } },
                },
              ],
            },
          },
          { host: 'only' },
        ],
      },
    })
    expect(
      ingressKind.versions.map(({ group, version, deprecated }) => [`${group}/${version}`, deprecated]),
    ).toEqual([
      ['networking.k8s.io/v1', undefined],
      [
        'networking.k8s.io/v1beta1',
        'networking.k8s.io/v1beta1 Ingress is deprecated in v1.19+, unavailable in v1.22+; use networking.k8s.io/v1 Ingress',
      ],
      [
        'extensions/v1beta1',
        'extensions/v1beta1 Ingress is deprecated in v1.14+, unavailable in v1.22+; use networking.k8s.io/v1 Ingress',
      ],
    ])
  })

  it('lose nothing of a valid Ingress, and show only what their schema knows', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/)
    const optional = <T>(key: string, value: fc.Arbitrary<T>) =>
      fc.option(value).map((one) => (one === null ? {} : { [key]: one }))
    const port = fc.oneof(
      fc.integer({ min: 1, max: 65535 }).map((number) => ({ number })),
      word.map((name) => ({ name })),
    )
    const anyBackend = fc.oneof(
      fc.record({ service: fc.record({ name: word, port }) }),
      fc.record({ resource: fc.record({ apiGroup: word, kind: word, name: word }) }),
    )
    const path = fc
      .tuple(
        fc.record({
          backend: anyBackend,
          pathType: fc.constantFrom('Exact', 'Prefix', 'ImplementationSpecific'),
        }),
        optional(
          'path',
          word.map((one) => `/${one}`),
        ),
      )
      .map(([a, b]) => ({ ...a, ...b }))
    const anyRule = fc
      .tuple(optional('host', word), optional('http', fc.record({ paths: fc.array(path, { minLength: 1 }) })))
      .map(([a, b]) => ({ ...a, ...b }))
    const spec = fc
      .tuple(
        optional('ingressClassName', word),
        fc.record({ defaultBackend: anyBackend }),
        optional('rules', fc.array(anyRule, { minLength: 1 })),
        optional(
          'tls',
          fc.array(fc.record({ hosts: fc.array(word, { minLength: 1 }), secretName: word }), {
            minLength: 1,
          }),
        ),
      )
      .map((parts) => Object.assign({}, ...parts))
    const target = {
      group: 'extensions',
      version: 'v1beta1',
      kind: 'Ingress',
      builtin: true,
      schema: builtinSchema('extensions', 'v1beta1', 'Ingress'),
    }
    void fc.assert(
      fc.property(spec, (one) => {
        const stored = write(ingressKind, ingress(one)).object
        const shown = { ...ingressFromStorage(stored), apiVersion: 'extensions/v1beta1' }
        const { object } = decodeValue(JSON.parse(JSON.stringify(shown)), target, 'Strict')
        expect(object).toEqual(shown)
        expect(ingressToStorage(object)).toEqual(stored)
      }),
    )
  })
})

describe('IngressClass', () => {
  const ingressClass = (spec: object) =>
    ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'c' },
      spec,
    }) as KubeObject
  it('names a controller by domain and path, for good', () => {
    expect(write(ingressClassKind, ingressClass({ controller: 'ibm.io/alb' })).errors).toEqual([])
    expect(write(ingressClassKind, ingressClass({})).errors).toEqual(['spec.controller: Required value'])
    expect(write(ingressClassKind, ingressClass({ controller: 'alb' })).errors).toEqual([
      'spec.controller: Invalid value: "alb": must be a domain-prefixed path (such as "acme.io/foo")',
    ])
    const old = ingressClass({ controller: 'a.io/b' })
    expect(write(ingressClassKind, ingressClass({ controller: 'a.io/c' }), { old }).errors).toEqual([
      'spec.controller: Invalid value: "a.io/c": field is immutable',
    ])
  })

  it('has parameters of a scope', () => {
    const withParameters = (parameters: object) =>
      write(
        ingressClassKind,
        ingressClass({ controller: 'a.io/b', parameters: { kind: 'K', name: 'n', ...parameters } }),
      )
    expect(withParameters({}).object).toMatchObject({ spec: { parameters: { scope: 'Cluster' } } })
    expect(withParameters({ namespace: 'x' }).errors).toEqual([
      "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
    ])
    expect(withParameters({ scope: 'Namespace' }).errors).toEqual([
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ])
    const cells = ingressClassKind.table.cells(withParameters({ apiGroup: 'g.io' }).object, 0)
    expect(cells).toEqual(['c', 'a.io/b', 'K.g.io/n', '<unknown>'])
  })
})
