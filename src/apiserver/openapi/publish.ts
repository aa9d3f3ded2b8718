// The OpenAPI documents that clients read: /openapi/v3 (index and one document per group/version) and /openapi/v2 (JSON and protobuf).
import { createHash } from 'node:crypto'
import type { KindDefinition } from '../kind.ts'
import { definitionName } from './definitions.ts'
import { contentsOf, openApiV3, type ServedFace } from './openapi-v3.ts'
import { documentPath } from './patch-operation.ts'
import { swagger } from './swagger.ts'
import { swaggerProtobuf } from './swagger-protobuf.ts'

export interface OpenApiDocument {
  readonly body: Uint8Array
  readonly contentType: string
  /** Upper-case hex digest of the content: ETag, and `hash` of the v3 index. */
  readonly hash: string
}

/** Everything is built at the first call that needs it and kept. Make a new one when the set of kinds changes. */
export interface OpenApiDocuments {
  /** `GET /openapi/v3` */
  index(): OpenApiDocument
  /** `GET /openapi/v3/<path>`, path `api/v1` or `apis/networking.k8s.io/v1`; undefined: 404. */
  groupVersion(path: string): OpenApiDocument | undefined
  /** `GET /openapi/v2` */
  v2(format: 'json' | 'protobuf'): OpenApiDocument
}

const JSON_TYPE = 'application/json'
const PROTOBUF_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/** Bodies that are not stored: by the document in which they stand. */
const FURTHER: Readonly<
  Record<string, readonly (readonly [group: string, version: string, kind: string])[]>
> = {
  'api/v1': [
    ['policy', 'v1', 'Eviction'],
    ['authentication.k8s.io', 'v1', 'TokenRequest'],
  ],
  'apis/apps/v1': [['autoscaling', 'v1', 'Scale']],
  'apis/authentication.k8s.io/v1': [
    ['authentication.k8s.io', 'v1', 'TokenReview'],
    ['authentication.k8s.io', 'v1', 'SelfSubjectReview'],
  ],
  'apis/authorization.k8s.io/v1': [
    ['authorization.k8s.io', 'v1', 'LocalSubjectAccessReview'],
    ['authorization.k8s.io', 'v1', 'SelfSubjectAccessReview'],
    ['authorization.k8s.io', 'v1', 'SelfSubjectRulesReview'],
    ['authorization.k8s.io', 'v1', 'SubjectAccessReview'],
  ],
}

/** The documents for the kinds served now: built-ins from the generated data, custom ones from their schemas. */
export function publishOpenApi(kinds: readonly KindDefinition[]): OpenApiDocuments {
  const byPath = new Map<string, ServedFace[]>(Object.keys(FURTHER).map((path) => [path, []]))
  for (const kind of kinds) {
    for (const face of kind.versions) {
      const path = documentPath(face.group, face.version)
      const faces = byPath.get(path) ?? []
      byPath.set(path, [...faces, { kind, face }])
    }
  }
  const further = (path: string): string[] =>
    (FURTHER[path] ?? []).flatMap((identity) => definitionName(...identity) ?? [])

  const groupVersions = new Map<string, OpenApiDocument>()
  const groupVersion = (path: string): OpenApiDocument | undefined => {
    const faces = byPath.get(path)
    if (!faces) return undefined
    let document = groupVersions.get(path)
    if (!document) {
      document = jsonDocument(openApiV3(contentsOf(faces, further(path))))
      groupVersions.set(path, document)
    }
    return document
  }

  const index = once(() =>
    jsonDocument({
      paths: Object.fromEntries(
        [...byPath.keys()].map((path) => [
          path,
          { serverRelativeURL: `/openapi/v3/${path}?hash=${groupVersion(path)?.hash ?? ''}` },
        ]),
      ),
    }),
  )
  const v2 = once(() => swagger(contentsOf([...byPath.values()].flat(), [...byPath.keys()].flatMap(further))))
  const v2Json = once(() => jsonDocument(v2()))
  const v2Protobuf = once(() => documentOf(swaggerProtobuf(v2()), PROTOBUF_TYPE))

  return { index, groupVersion, v2: (format) => (format === 'json' ? v2Json() : v2Protobuf()) }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

const jsonDocument = (value: object): OpenApiDocument =>
  documentOf(new TextEncoder().encode(JSON.stringify(value)), JSON_TYPE)

function documentOf(body: Uint8Array, contentType: string): OpenApiDocument {
  const hash = createHash('sha256').update(body).digest('hex').toUpperCase()
  return { body, contentType, hash }
}
