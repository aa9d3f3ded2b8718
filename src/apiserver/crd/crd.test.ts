// CRDs: what is refused, their status, and the kinds that they make.
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../resources/object.ts'
import { builtinKinds } from '../builtin-kinds.ts'
import { formatFieldError } from '../validation/field-error.ts'
import { ruleProblems } from './cel/check-rules.ts'
import { crdKind } from './crd-kind.ts'
import { crdStatus, isEstablished } from './crd-status.ts'
import type { CustomResourceDefinition } from './custom-resource-definition.ts'
import { istioCrds } from './istio-crds.ts'
import { kindFromCrd } from './kind-from-crd.ts'
import { type RawSchema, structuralErrors } from './structural.ts'
import { context, crdProblems, now, widget, widgets } from './testing/widgets.ts'

describe('a CRD', () => {
  it('gets its default names and conversion', () => {
    expect(widgets({}).spec).toMatchObject({
      names: { singular: 'widget', listKind: 'WidgetList' },
      conversion: { strategy: 'None' },
    })
  })

  it.each<[string, CustomResourceDefinition, string]>([
    [
      'the wrong name',
      { ...widgets({}), metadata: { name: 'x' } },
      'metadata.name: Invalid value: "x": must be spec.names.plural+"."+spec.group',
    ],
    [
      'a group without a dot',
      widgets({}, { group: 'example' }),
      'spec.group: Invalid value: "example": should be a domain with at least one dot',
    ],
    ['no scope', widgets({}, { scope: undefined }), 'spec.scope: Required value'],
    [
      'two storage versions',
      widgets(
        {},
        { versions: [{ ...widgets({}).spec.versions[0] }, { ...widgets({}).spec.versions[0], name: 'v2' }] },
      ),
      'spec.versions: Invalid value: ["v1","v2"]: must have exactly one version marked as storage version',
    ],
    [
      'no schema',
      widgets({}, {}, { schema: undefined }),
      'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required',
    ],
    [
      'a reserved group',
      { ...widgets({}, { group: 'x.k8s.io' }), metadata: { name: 'widgets.x.k8s.io' } },
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation',
    ],
    [
      'a conversion webhook',
      widgets(
        {},
        {
          conversion: { strategy: 'Webhook' },
          versions: [
            widgets({}).spec.versions[0],
            { ...widgets({}).spec.versions[0], name: 'v2', storage: false },
          ],
        },
      ),
      'spec.conversion.strategy: Unsupported value: "Webhook": supported values: "None"',
    ],
    [
      'an untyped field',
      widgets({ properties: { a: {} } }),
      'properties[spec].properties[a].type: Required value: must not be empty for specified object fields',
    ],
    [
      '$ref',
      widgets({ properties: { a: { $ref: '#/x', type: 'string' } } }),
      'properties[a].$ref: Forbidden: $ref is not supported',
    ],
    [
      'a list without items',
      widgets({ properties: { a: { type: 'array' } } }),
      'properties[a].items: Required value: must be specified',
    ],
    [
      'types in junctors',
      widgets({ properties: { a: { type: 'string', anyOf: [{ type: 'string' }] } } }),
      'properties[a].anyOf[0].type: Forbidden: must be empty to be structural',
    ],
    [
      'fields only in junctors',
      widgets({ oneOf: [{ required: ['b'], properties: { b: { minLength: 1 } } }] }),
      'properties[spec].properties[b]: Required value: because it is defined in',
    ],
    [
      'properties and additionalProperties',
      widgets({ properties: { a: { type: 'string' } }, additionalProperties: true }),
      'properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive',
    ],
    [
      'uniqueItems',
      widgets({ properties: { a: { type: 'array', uniqueItems: true, items: { type: 'string' } } } }),
      'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    ],
    [
      'a bad pattern',
      widgets({ properties: { a: { type: 'string', pattern: '(' } } }),
      "must be a valid regular expression, but isn't",
    ],
    [
      'optional map keys',
      widgets({
        properties: {
          a: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['k'],
            items: { type: 'object', properties: { k: { type: 'string' } } },
          },
        },
      }),
      'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
    ],
    [
      'a default of the wrong type',
      widgets({ properties: { a: { type: 'string', default: 1 } } }),
      'must be of type string: "integer"',
    ],
    [
      'a rule about a field that is not there',
      widgets({
        properties: { a: { type: 'string' } },
        'x-kubernetes-validations': [{ rule: 'self.b == "x"' }],
      }),
      "compilation failed: undefined field 'b'",
    ],
    [
      'a rule that is no CEL',
      widgets({ 'x-kubernetes-validations': [{ rule: 'self. ==' }] }),
      'x-kubernetes-validations[0].rule: Invalid value',
    ],
    [
      'a rule that is no condition',
      widgets({ properties: { a: { type: 'string' } }, 'x-kubernetes-validations': [{ rule: 'self.a' }] }),
      'cel expression must evaluate to a bool',
    ],
    [
      'oldSelf where items have no identity',
      widgets({
        properties: {
          a: {
            type: 'array',
            items: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] },
          },
        },
      }),
      'oldSelf cannot be used on the uncorrelatable portion of the schema',
    ],
    [
      'a column without path',
      widgets({}, {}, { additionalPrinterColumns: [{ name: 'X', type: 'string' }] }),
      'spec.versions[0].additionalPrinterColumns[0].JSONPath: Required value',
    ],
    [
      'a column of unknown type',
      widgets({}, {}, { additionalPrinterColumns: [{ name: 'X', type: 'text', jsonPath: '.spec' }] }),
      'must be one of boolean,date,integer,number,string',
    ],
    [
      'a selectable object',
      widgets({ properties: { a: { type: 'object' } } }, {}, { selectableFields: [{ jsonPath: '.spec.a' }] }),
      'must point to a field of type string, boolean or integer',
    ],
    [
      'scale outside of spec',
      widgets(
        {},
        {},
        { subresources: { scale: { specReplicasPath: '.x', statusReplicasPath: '.status.r' } } },
      ),
      'should be a json path under .spec',
    ],
  ])('is refused with %s', (_, crd, message) => {
    expect(crdProblems(crd).join('\n')).toContain(message)
  })

  it('keeps its scope and the versions that may be stored', () => {
    const stored = widgets({})
    const old = { ...stored, status: crdStatus(stored, [], [], context.now) }
    expect(crdProblems({ ...widgets({}, { scope: 'Cluster' }), status: old.status }, old)).toEqual([
      'spec.scope: Invalid value: "Cluster": field is immutable',
    ])
    const moved = widgets({}, {}, { name: 'v2' })
    expect(crdProblems(moved, old)[0]).toContain(
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions',
    )
  })
})

describe('the status of a CRD', () => {
  it('is established at once', () => {
    const crd = widgets({})
    const status = crdStatus(crd, [], builtinKinds, context.now)
    expect(status).toMatchObject({
      acceptedNames: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      storedVersions: ['v1'],
      conditions: [
        { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', lastTransitionTime: context.now },
        { type: 'Established', status: 'True', reason: 'InitialNamesAccepted' },
      ],
    })
    expect(isEstablished({ ...crd, status })).toBe(true)
    expect(crdStatus({ ...crd, status }, [], builtinKinds, 'later')).toBe(status)
  })

  it('is not, when its names are taken in its group', () => {
    const other = widgets({})
    const taken = { ...other, status: crdStatus(other, [], [], context.now) }
    const crd = {
      ...widgets(
        {},
        { names: { plural: 'gadgets', singular: 'gadget', kind: 'Widget', listKind: 'GadgetList' } },
      ),
      metadata: { name: 'gadgets.example.com' },
    }
    const status = crdStatus(crd, [taken], [], context.now)
    expect(status.conditions).toMatchObject([
      {
        type: 'NamesAccepted',
        status: 'False',
        reason: 'KindConflict',
        message: '"Widget" is already in use',
      },
      { type: 'Established', status: 'False', reason: 'NotAccepted' },
    ])
    expect(crdStatus({ ...crd, status }, [], [], context.now).conditions?.[1]).toMatchObject({
      status: 'True',
    })
  })

  it('remembers every version that was the storage version', () => {
    const crd = widgets({}, {}, { name: 'v2' })
    expect(
      crdStatus({ ...crd, status: { storedVersions: ['v1'] } }, [], [], context.now).storedVersions,
    ).toEqual(['v1', 'v2'])
  })
})

describe('the kind of a CRD', () => {
  const columns = [
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Count', type: 'integer', jsonPath: '.spec.n' },
    { name: 'Hosts', type: 'string', jsonPath: '.spec.hosts', priority: 1 },
    { name: 'Since', type: 'date', jsonPath: '.spec.since' },
    { name: 'Annotated', type: 'boolean', jsonPath: '.metadata.annotations.x\\.y/z' },
  ]
  it('shows its columns', () => {
    const kind = kindFromCrd(widgets({}, {}, { additionalPrinterColumns: columns }))
    const object = widget(
      { n: 3, hosts: ['a', 'b'], since: '2026-01-01T00:50:00Z' },
      { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
    )
    expect(kind.table.cells(object, now)).toEqual(['w', 'True', 3, '["a","b"]', '10m', null])
    expect(kind.table.columns.map(({ name, priority }) => `${name}${priority}`)).toEqual([
      'Name0',
      'Ready0',
      'Count0',
      'Hosts1',
      'Since0',
      'Annotated0',
    ])
    expect(kindFromCrd(widgets({})).table.cells(widget({}), now)).toEqual(['w', '<unknown>'])
  })

  it('has the faces, names and fields of the CRD', () => {
    const v1 = widgets({ properties: { a: { type: 'string' } } }).spec.versions[0]
    const crd = widgets(
      {},
      {
        versions: [
          { ...v1, selectableFields: [{ jsonPath: '.spec.a' }] },
          { ...v1, name: 'v1beta1', storage: false, deprecated: true },
          { ...v1, name: 'v1alpha1', storage: false, served: false },
        ],
      },
    )
    const kind = kindFromCrd(crd)
    expect(kind.versions.map(({ version, deprecated }) => [version, deprecated])).toEqual([
      ['v1', undefined],
      ['v1beta1', 'example.com/v1beta1 Widget is deprecated'],
    ])
    expect(kind).toMatchObject({
      builtin: false,
      allowUnconditionalUpdate: false,
      ref: { version: 'v1', plural: 'widgets' },
    })
    expect(kind.selectableFields?.['spec.a']?.(widget({ a: 'x' }))).toBe('x')
    const beta = kind.versions[1]
    expect(beta?.fromStorage?.(widget({ a: 'x' }))).toEqual({
      ...widget({ a: 'x' }),
      apiVersion: 'example.com/v1beta1',
    })
    expect(beta?.schema.properties?.['metadata']?.properties).toHaveProperty('ownerReferences')
  })

  it('drops what another version does not know', () => {
    const [v1] = widgets({ properties: { a: { type: 'string' }, b: { type: 'string' } } }).spec.versions
    const [v2] = widgets({ properties: { a: { type: 'string' } } }, {}, { name: 'v2', storage: false }).spec
      .versions
    const face = kindFromCrd(widgets({}, { versions: [v1, v2] })).versions[1]
    expect(face?.fromStorage?.(widget({ a: 'x', b: 'y' }))).toMatchObject({
      apiVersion: 'example.com/v2',
      spec: { a: 'x' },
    })
    expect(face?.fromStorage?.(widget({ a: 'x', b: 'y' }))).not.toHaveProperty('spec.b')
  })
})

describe("Istio's CRDs", () => {
  it('are valid, with v1 stored', () => {
    for (const crd of istioCrds()) {
      const stored = crdKind.default?.(crd) as CustomResourceDefinition
      expect(crdProblems(stored)).toEqual([])
      // trusted at run time, so the test does what the server leaves out
      for (const { schema } of stored.spec.versions) {
        const raw = (schema?.openAPIV3Schema ?? {}) as RawSchema
        expect([...structuralErrors(raw, ''), ...ruleProblems(raw, '')]).toEqual([])
      }
      expect(stored.spec.versions.filter((version) => version.storage).map(({ name }) => name)).toEqual([
        'v1',
      ])
    }
    expect(istioCrds().map(({ spec }) => spec.names.kind)).toEqual([
      'Gateway',
      'VirtualService',
      'DestinationRule',
      'PeerAuthentication',
      'RequestAuthentication',
      'AuthorizationPolicy',
      'Telemetry',
    ])
  })

  it('judge their objects', () => {
    const crd = istioCrds().find(({ spec }) => spec.names.kind === 'PeerAuthentication')
    const kind = kindFromCrd(crd as CustomResourceDefinition)
    const errors = (spec: object) =>
      (
        kind.validate?.(
          {
            apiVersion: 'security.istio.io/v1',
            kind: 'PeerAuthentication',
            metadata: { name: 'x' },
            spec,
          } as KubeObject,
          undefined,
          context,
        ) ?? []
      ).map(formatFieldError)
    expect(errors({ mtls: { mode: 'STRICT' } })).toEqual([])
    expect(errors({ mtls: { mode: 'strict' } })).toEqual([
      'spec.mtls.mode: Unsupported value: "strict": supported values: "UNSET", "DISABLE", "PERMISSIVE", "STRICT"',
    ])
    expect(errors({ portLevelMtls: { '80': { mode: 'STRICT' } } })).toEqual([
      'spec: Invalid value: "object": portLevelMtls requires selector',
    ])
  })
})
