// Composes the API server: store, kinds, pipeline, HTTP, boot objects. The only entry point for those who start one.
import type { ApiServer, ApiServerOptions } from './server-options.ts'

/** Starts an API server; resolves when it serves, all CRDs in the store included. Throws when the store is of a newer format or the address is busy. */
export function startApiServer(_options: ApiServerOptions): Promise<ApiServer> {
  throw new Error('not yet built')
}
