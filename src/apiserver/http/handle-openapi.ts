// /openapi/v2 and /openapi/v3: routing and caching headers; the documents come from openapi/publish.
import { type OpenApiDocument, type OpenApiDocuments, publishOpenApi } from '../openapi/publish.ts'
import type { Registry } from '../registry.ts'
import type { Exchange } from './exchange.ts'
import { parseAccept } from './negotiate.ts'
import { send } from './respond.ts'

export class OpenApi {
  readonly #registry: Registry
  #documents: OpenApiDocuments | undefined

  constructor(registry: Registry) {
    this.#registry = registry
    registry.onChange(() => {
      this.#documents = undefined
    })
  }

  /** Answers an OpenAPI path; false when it names nothing. */
  async handle(exchange: Exchange): Promise<boolean> {
    const path = exchange.path.replace(/\/$/, '')
    this.#documents ??= publishOpenApi(this.#registry.all())
    const document = this.#find(this.#documents, path, exchange.request.headers.accept)
    if (!document) return false
    const etag = `"${document.hash}"`
    const immutable = exchange.query.get('hash') === document.hash
    const headers = {
      ETag: etag,
      Vary: 'Accept',
      'Cache-Control': immutable ? 'public, immutable, max-age=31536000' : 'no-cache, private',
    }
    const known = (exchange.request.headers['if-none-match'] ?? '').split(/\s*,\s*/).includes(etag)
    const { body, contentType } = document
    await send(
      exchange.request,
      exchange.response,
      known
        ? { code: 304, body: new Uint8Array(), contentType, headers }
        : { code: 200, body, contentType, headers },
    )
    return true
  }

  #find(documents: OpenApiDocuments, path: string, accept: string | undefined): OpenApiDocument | undefined {
    if (path === '/openapi/v2') {
      const protobuf = parseAccept(accept).some(({ type }) =>
        type.startsWith('application/com.github.proto-openapi.spec.v2'),
      )
      return documents.v2(protobuf ? 'protobuf' : 'json')
    }
    if (path === '/openapi/v3') return documents.index()
    return path.startsWith('/openapi/v3/')
      ? documents.groupVersion(path.slice('/openapi/v3/'.length))
      : undefined
  }
}
