import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeBody, PROTOBUF } from './decode-body.ts'
import { goStructOf } from './go-type.ts'
import { arbitraryStruct } from './testing/arbitrary.ts'
import { protobufBody } from './testing/to-protobuf.ts'

it.each([
  ['', 'v1', 'Pod', 3],
  ['', 'v1', 'Secret', 2],
  ['', 'v1', 'Service', 4],
  ['', 'v1', 'Event', 3],
  ['apps', 'v1', 'Deployment', 3],
  ['networking.k8s.io', 'v1', 'Ingress', 8],
  ['discovery.k8s.io', 'v1', 'EndpointSlice', 4],
  ['authorization.k8s.io', 'v1', 'SubjectAccessReview', 4],
  ['apiextensions.k8s.io', 'v1', 'CustomResourceDefinition', 6],
] as const)(
  '%s %s %s: the same object in protobuf and in JSON decodes to the same',
  (group, version, kind, depth) => {
    const struct = goStructOf(group, version, kind)
    if (!struct) throw new Error('not built in')
    const target = { group, version, kind, builtin: true, schema: {} }
    const apiVersion = group === '' ? version : `${group}/${version}`
    void fc.assert(
      fc.property(arbitraryStruct(struct, depth), (object) => {
        const json = Buffer.from(JSON.stringify({ apiVersion, kind, ...object }))
        const fromJson = decodeBody({
          contentType: 'application/json',
          body: json,
          fieldValidation: 'Strict',
          target,
        })
        const body = protobufBody(apiVersion, kind, object, struct)
        expect(decodeBody({ contentType: PROTOBUF, body, fieldValidation: 'Strict', target })).toEqual(
          fromJson,
        )
      }),
      { numRuns: 40 },
    )
  },
)
