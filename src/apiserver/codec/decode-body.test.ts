import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ApiError } from '../client.ts'
import { builtinSchema } from '../openapi/builtin-schema.ts'
import {
  type DecodeTarget,
  decodeApplied,
  decodeBody,
  decodeValue,
  type FieldValidation,
  PROTOBUF,
} from './decode-body.ts'

const builtin = (group: string, version: string, kind: string): DecodeTarget => ({
  group,
  version,
  kind,
  builtin: true,
  schema: builtinSchema(group, version, kind),
})
const SERVICE = builtin('', 'v1', 'Service')
const CUSTOM: DecodeTarget = {
  group: 'example.com',
  version: 'v1',
  kind: 'Thing',
  builtin: false,
  schema: {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          map: { type: 'object', additionalProperties: { type: 'object', properties: {} } },
          pod: { type: 'object', 'x-kubernetes-embedded-resource': true },
        },
      },
    },
  },
}

function decode(
  target: DecodeTarget,
  body: unknown,
  contentType = 'application/json',
  fieldValidation: FieldValidation = 'Strict',
) {
  const bytes =
    body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return decodeBody({ contentType, body: bytes, fieldValidation, target })
}
function refusal(target: DecodeTarget, body: unknown, contentType?: string): string {
  try {
    decode(target, body, contentType)
  } catch (error) {
    if (error instanceof ApiError) return `${error.code} ${error.message}`
    throw error
  }
  return 'accepted'
}

describe('decodeBody of built-in kinds', () => {
  it('keeps what Go would store: no nulls, no empty optional values, pointers to zero', () => {
    const { object } = decode(builtin('apps', 'v1', 'Deployment'), {
      metadata: { name: 'a', creationTimestamp: null, generateName: '', labels: {}, generation: 0 },
      spec: {
        replicas: 0,
        template: {
          spec: {
            volumes: [{ name: 'v', emptyDir: {} }],
            containers: [{ image: 'i', args: [], resources: { limits: { cpu: 0.5, memory: '1024Mi' } } }],
          },
        },
      },
    })
    expect(object).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a' },
      spec: {
        replicas: 0,
        strategy: {},
        template: {
          metadata: {},
          spec: {
            volumes: [{ name: 'v', emptyDir: {} }],
            containers: [{ name: '', image: 'i', resources: { limits: { cpu: '500m', memory: '1Gi' } } }],
          },
        },
      },
      status: {},
    })
  })

  it.each([
    [
      { spec: { ports: [{ port: '80' }] } },
      'json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32',
    ],
    [
      { spec: { ports: [{ port: 80.5 }] } },
      'json: cannot unmarshal number 80.5 into Go struct field ServicePort.spec.ports.port of type int32',
    ],
    [
      { spec: { ports: {} } },
      'json: cannot unmarshal object into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort',
    ],
    [{ spec: 'x' }, 'json: cannot unmarshal string into Go struct field Service.spec of type v1.ServiceSpec'],
    [
      { metadata: { labels: { a: 1 } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      { metadata: { creationTimestamp: 'x' } },
      'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
    ],
    [
      { spec: { ports: [{ port: 80, targetPort: true }] } },
      'json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32',
    ],
  ])('words type errors as Go does: %j', (body, message) => {
    expect(refusal(SERVICE, body)).toBe(
      `400 Service in version "v1" cannot be handled as a Service: ${message}`,
    )
  })

  it('names bad base64 and bad quantities', () => {
    expect(refusal(builtin('', 'v1', 'Secret'), { data: { a: 'YWJj!' } })).toContain(
      'illegal base64 data at input byte 4',
    )
    const limits = { spec: { containers: [{ resources: { limits: { cpu: 'x' } } }] } }
    expect(refusal(builtin('', 'v1', 'Pod'), limits)).toContain(
      'quantities must match the regular expression',
    )
  })

  it('tells unknown and duplicate fields with their paths, by fieldValidation', () => {
    const body = '{"spec":{"ports":[{"port":80,"port":81,"x":1}],"foo":1},"bar":{}}'
    expect(refusal(SERVICE, body)).toBe(
      '400 Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "bar", unknown field "spec.foo", unknown field "spec.ports[0].x", duplicate field "spec.ports[0].port"',
    )
    const warned = decode(SERVICE, body, 'application/json', 'Warn')
    expect(warned.warnings).toEqual([
      'unknown field "bar"',
      'unknown field "spec.foo"',
      'unknown field "spec.ports[0].x"',
      'duplicate field "spec.ports[0].port"',
    ])
    expect(warned.object).toMatchObject({ spec: { ports: [{ port: 81 }] } })
    expect(warned.object).not.toHaveProperty('bar')
    expect(decode(SERVICE, body, undefined, 'Ignore').warnings).toEqual([])
  })

  it('refuses another version, another kind, another media type, too much', () => {
    expect(refusal(SERVICE, { apiVersion: 'v2' })).toBe(
      '400 the API version in the data (v2) does not match the expected API version (v1)',
    )
    expect(refusal(SERVICE, { apiVersion: 'v1', kind: 'Pod' })).toMatch(
      /^400 Pod in version "v1" cannot be handled as a Service/,
    )
    expect(refusal(SERVICE, 'a', 'text/plain')).toMatch(
      /^415 the body of the request was in an unknown format/,
    )
    expect(refusal(CUSTOM, 'a', PROTOBUF)).toMatch(/^415 .*application\/yaml$/)
    expect(refusal(SERVICE, ' '.repeat(3 * 1024 * 1024 + 1))).toMatch(/^413 /)
    expect(refusal(SERVICE, '')).toContain('unexpected end of JSON input (<empty>)')
    expect(refusal(SERVICE, '[]')).toMatch(/^400 the object provided is unrecognized/)
    expect(refusal(SERVICE, '[1', 'application/json')).toContain('unexpected end of JSON input (5b31)')
  })

  it('takes DeleteOptions under any group', () => {
    const options = { apiVersion: 'apps/v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 }
    expect(decode(builtin('', 'v1', 'DeleteOptions'), options).object).toEqual(options)
  })
})

describe('decodeBody of protobuf', () => {
  const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url))
  it.each([
    ['crd', builtin('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition')],
    ['delete-options', builtin('', 'v1', 'DeleteOptions')],
    ['secret', builtin('', 'v1', 'Secret')],
    ['service', SERVICE],
    ['token-review', builtin('authentication.k8s.io', 'v1', 'TokenReview')],
  ] as const)('reads client-go vector %s as its JSON', (name, target) => {
    const fromJson = decode(target, fixture(`${name}.json`))
    expect(decode(target, fixture(`${name}.pb`), PROTOBUF)).toEqual(fromJson)
    expect(fromJson.object).toMatchObject(lessNulls(JSON.parse(fixture(`${name}.json`).toString())))
  })

  it('refuses what is no message with a 400, whatever the bytes', () => {
    const secret = builtin('', 'v1', 'Secret')
    expect(refusal(secret, Buffer.from('{}'), PROTOBUF)).toContain('does not appear to be a protobuf message')
    const good = fixture('crd.pb')
    const target = builtin('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition')
    void fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, cut) => {
        const bytes = Uint8Array.from(good)
        bytes[at] = byte
        for (const body of [bytes, bytes.subarray(0, cut)]) {
          expect(refusal(target, body, PROTOBUF)).toMatch(/^(accepted|400 )/)
        }
      }),
    )
  })
})

describe('decodeBody of custom kinds', () => {
  const thing = (rest: object) => ({ apiVersion: 'example.com/v1', kind: 'Thing', ...rest })

  it('keeps everything and tells what the schema does not name', () => {
    const object = thing({
      metadata: { name: 'a', extra: 1 },
      top: 1,
      spec: {
        list: [{ a: 'x', b: 1 }],
        free: { any: { thing: 1 } },
        map: { k: { z: 1 } },
        pod: { kind: 'Pod', apiVersion: 'v1', metadata: {}, other: 1 },
      },
    })
    const { warnings, object: decoded } = decode(CUSTOM, object, undefined, 'Warn')
    expect(warnings).toEqual([
      'unknown field "top"',
      'unknown field "spec.list[0].b"',
      'unknown field "spec.map.k.z"',
      'unknown field "spec.pod.other"',
      'unknown field "metadata.extra"',
    ])
    expect(decoded).toEqual({ ...object, metadata: { name: 'a' } })
  })

  it('checks metadata, and demands kind and apiVersion', () => {
    expect(refusal(CUSTOM, thing({ metadata: { name: 5 } }))).toContain(
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string',
    )
    expect(refusal(CUSTOM, { apiVersion: 'example.com/v1' })).toMatch(/^400 Object 'Kind' is missing in/)
  })
})

describe('decodeApplied', () => {
  it('checks a body and gives it back as it was written', () => {
    const body = { metadata: { name: 'a', creationTimestamp: null }, spec: { replicas: 0, strategy: null } }
    const target = builtin('apps', 'v1', 'Deployment')
    expect(decodeApplied(body, target, 'Strict').object).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a' },
      spec: { replicas: 0 },
    })
    const unknown = { ...body, spec: { foo: 1 } }
    expect(decodeApplied(unknown, target, 'Warn').warnings).toEqual(['unknown field "spec.foo"'])
    expect(() => decodeApplied(unknown, target, 'Strict')).toThrow('strict decoding error')
  })
})

describe('decodeValue', () => {
  it('never throws anything but ApiError, and decoding twice is decoding once', () => {
    const targets = [SERVICE, builtin('', 'v1', 'Pod'), builtin('networking.k8s.io', 'v1', 'Ingress'), CUSTOM]
    void fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom(...targets),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (value, target, meta) => {
          for (const body of [
            value,
            { ...Object(value), metadata: meta, spec: value, apiVersion: undefined, kind: undefined },
          ]) {
            try {
              const once = decodeValue(body, target, 'Ignore')
              expect(decodeValue(once.object, target, 'Strict').object).toEqual(once.object)
            } catch (error) {
              expect(error).toBeInstanceOf(ApiError)
            }
          }
        },
      ),
    )
  })
})

function lessNulls(value: unknown): object {
  return JSON.parse(
    JSON.stringify(value, (_key, item) => (item === null ? undefined : item)),
    (_key, item) => item,
  )
}
