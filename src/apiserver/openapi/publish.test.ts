import { describe, expect, it } from 'vitest'
import { readFields, utf8 } from '../codec/protobuf-reader.ts'
import type { KindDefinition } from '../kind.ts'
import { ingressKind } from '../kinds/ingress.ts'
import { secretKind } from '../kinds/secret.ts'
import { serviceKind } from '../kinds/service.ts'
import { type OpenApiDocument, publishOpenApi } from './publish.ts'
import { toV2 } from './swagger.ts'

const thing: KindDefinition = {
  ref: { group: 'example.com', version: 'v1', kind: 'Thing', plural: 'things', namespaced: false },
  singular: 'thing',
  listKind: 'ThingList',
  shortNames: [],
  categories: [],
  versions: [
    {
      group: 'example.com',
      version: 'v1',
      schema: {
        type: 'object',
        description: 'A thing.',
        properties: {
          spec: {
            type: 'object',
            required: ['size'],
            properties: {
              size: { type: 'integer', nullable: true, minimum: 1 },
              either: {
                'x-kubernetes-int-or-string': true,
                anyOf: [{ type: 'integer' }, { type: 'string' }],
              },
              free: {
                type: 'object',
                'x-kubernetes-preserve-unknown-fields': true,
                properties: { a: { type: 'string' } },
              },
              pod: { type: 'object', 'x-kubernetes-embedded-resource': true },
            },
          },
        },
      },
    },
  ],
  subresources: {},
  builtin: false,
  table: { columns: [], cells: () => [] },
}
const documents = publishOpenApi([secretKind, serviceKind, ingressKind, thing])
const json = (document: OpenApiDocument | undefined) => {
  if (!document) throw new Error('no document')
  return JSON.parse(new TextDecoder().decode(document.body))
}

describe('publishOpenApi, v3', () => {
  it('lists every group version with the hash of its document', () => {
    const { paths } = json(documents.index())
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        'api/v1',
        'apis/networking.k8s.io/v1',
        'apis/extensions/v1beta1',
        'apis/example.com/v1',
      ]),
    )
    expect(paths['api/v1'].serverRelativeURL).toBe(
      `/openapi/v3/api/v1?hash=${documents.groupVersion('api/v1')?.hash}`,
    )
    expect(documents.groupVersion('apis/nothing/v1')).toBeUndefined()
  })

  it('has a PATCH per kind by which clients know dry runs and field validation', () => {
    const { paths } = json(documents.groupVersion('api/v1'))
    const { patch } = paths['/api/v1/namespaces/{namespace}/secrets/{name}']
    expect(patch['x-kubernetes-group-version-kind']).toEqual({ group: '', version: 'v1', kind: 'Secret' })
    expect(patch.parameters.map((one: { name: string; in: string }) => `${one.in} ${one.name}`)).toEqual(
      expect.arrayContaining(['query dryRun', 'query fieldValidation', 'query fieldManager', 'query force']),
    )
  })

  it('carries texts, merge keys and every definition that it refers to', () => {
    for (const path of [
      'api/v1',
      'apis/networking.k8s.io/v1',
      'apis/extensions/v1beta1',
      'apis/example.com/v1',
    ]) {
      const { components, paths } = json(documents.groupVersion(path))
      const text = JSON.stringify([components, paths])
      for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
        expect(components.schemas, path).toHaveProperty([String(name)])
      }
    }
    const { schemas } = json(documents.groupVersion('api/v1')).components
    expect(schemas['io.k8s.api.core.v1.Secret'].description).toContain('Secret holds secret data')
    expect(schemas['io.k8s.api.core.v1.Secret'].properties.stringData.description).toContain('write-only')
    expect(schemas['io.k8s.api.core.v1.ServiceSpec'].properties.ports).toMatchObject({
      'x-kubernetes-patch-merge-key': 'port',
      'x-kubernetes-list-map-keys': ['port', 'protocol'],
    })
  })

  it('adds apiVersion, kind and metadata to custom kinds and to embedded resources', () => {
    const { schemas } = json(documents.groupVersion('apis/example.com/v1')).components
    const component = schemas['com.example.v1.Thing']
    expect(component['x-kubernetes-group-version-kind']).toEqual([
      { group: 'example.com', version: 'v1', kind: 'Thing' },
    ])
    for (const schema of [component, component.properties.spec.properties.pod]) {
      expect(schema.properties.apiVersion.type).toBe('string')
      expect(schema.properties.kind.type).toBe('string')
      expect(schema.properties.metadata.allOf[0].$ref).toContain('ObjectMeta')
    }
  })

  it('changes the hash of a document when its kind changes, and of no other', () => {
    const version = thing.versions[0]
    if (!version) throw new Error('no version')
    const changed = { ...thing, versions: [{ ...version, schema: { type: 'object' as const } }] }
    const next = publishOpenApi([secretKind, serviceKind, ingressKind, changed])
    const hash = (of: typeof next, path: string) => of.groupVersion(path)?.hash
    expect(hash(next, 'apis/example.com/v1')).not.toBe(hash(documents, 'apis/example.com/v1'))
    expect(hash(next, 'api/v1')).toBe(hash(documents, 'api/v1'))
    expect(next.index().hash).not.toBe(documents.index().hash)
  })
})

describe('publishOpenApi, v2', () => {
  it('says only what Swagger 2 can', () => {
    const { definitions, paths } = json(documents.v2('json'))
    const text = JSON.stringify(definitions)
    expect(text).not.toContain('"nullable"')
    expect(text).not.toContain('components/schemas')
    expect(definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString']).toMatchObject({
      type: 'string',
      format: 'int-or-string',
    })
    expect(definitions['com.example.v1.Thing'].properties.spec.properties).toMatchObject({
      size: {},
      either: { 'x-kubernetes-int-or-string': true },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    })
    expect(definitions['com.example.v1.Thing'].properties.spec.properties.size).not.toHaveProperty('type')
    expect(definitions['com.example.v1.Thing'].properties.spec.properties.free).not.toHaveProperty(
      'properties',
    )
    expect(paths['/apis/extensions/v1beta1/namespaces/{namespace}/ingresses/{name}'].patch).toBeDefined()
  })

  it('drops alternatives and keeps nothing of nullable fields but their text', () => {
    expect(
      toV2({ type: 'object', nullable: true, description: 'd', properties: { a: { type: 'string' } } }),
    ).toEqual({
      description: 'd',
    })
    expect(toV2({ type: 'object', oneOf: [{ type: 'object' }], properties: {} })).toEqual({
      type: 'object',
      properties: {},
    })
  })

  it('is the same document in protobuf', () => {
    const document = documents.v2('protobuf')
    expect(document.contentType).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
    const field = (bytes: Uint8Array, number: number): Uint8Array[] =>
      [...readFields(bytes)].flatMap(({ number: at, wire }) =>
        at === number && wire.type === 'bytes' ? [wire.bytes] : [],
      )
    const first = (bytes: Uint8Array, number: number) => field(bytes, number)[0] ?? new Uint8Array()
    expect(utf8(first(document.body, 1))).toBe('2.0')
    const names = (list: Uint8Array[]) => list.map((entry) => utf8(first(entry, 1)))
    const { definitions, paths } = json(documents.v2('json'))
    const entries = field(first(document.body, 9), 1)
    expect(names(entries)).toEqual(Object.keys(definitions))
    expect(names(field(first(document.body, 8), 2))).toEqual(Object.keys(paths))
    const service = entries.find((entry) => utf8(first(entry, 1)) === 'io.k8s.api.core.v1.ServiceSpec')
    const properties = field(first(first(service ?? new Uint8Array(), 2), 25), 1)
    const ports = properties.find((entry) => utf8(first(entry, 1)) === 'ports') ?? new Uint8Array()
    const extensions = field(first(ports, 2), 31).map((entry) => [
      utf8(first(entry, 1)),
      utf8(first(first(entry, 2), 2)),
    ])
    expect(Object.fromEntries(extensions)).toMatchObject({ 'x-kubernetes-patch-merge-key': '"port"' })
  })
})
