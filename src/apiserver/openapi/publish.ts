// The OpenAPI documents that clients read: /openapi/v3 (index and one document per group/version) and /openapi/v2 (JSON and protobuf).
import type { KindDefinition } from '../kind.ts'

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

/** The documents for the kinds served now: built-ins from the generated data, custom ones from their schemas. */
export function publishOpenApi(_kinds: readonly KindDefinition[]): OpenApiDocuments {
  throw new Error('not yet built')
}
