// TLS contexts by content: built once, shared by all that ask for the same, forgotten when nobody does.
import type { DownstreamTls, UpstreamTls } from '../../../../ir/tls.ts'
import type { BlobStore } from '../../../engine.ts'
import { downstreamTlsKey, upstreamTlsKey } from '../../lower/tls-key.ts'
import { ClientTls } from '../upstream/client-tls.ts'
import { TlsTerminator } from './terminator.ts'

/** Where the ticket keys of TLS settings come from when several processes end TLS for the same clients. */
export interface SharedTickets {
  ticketKeys(tls: DownstreamTls): Uint8Array | undefined
}

/** A context, or why there is none. */
export type Built<T> =
  | { readonly key: string; readonly value: T; readonly problem?: undefined }
  | { readonly key: string; readonly value?: undefined; readonly problem: string }

export class TlsStore {
  private blobs: BlobStore
  private servers = new Map<string, Built<TlsTerminator>>()
  private clients = new Map<string, Built<ClientTls>>()
  private readonly keys = new WeakMap<object, string>()
  private readonly used = new Set<string>()

  private readonly shared: SharedTickets | undefined

  constructor(blobs: BlobStore, shared?: SharedTickets) {
    this.blobs = blobs
    this.shared = shared
  }

  /** Begins an update: what is not asked for until `end` is forgotten then; what failed is tried again. */
  begin(blobs: BlobStore): void {
    this.blobs = blobs
    this.used.clear()
    dropFailed(this.servers)
    dropFailed(this.clients)
  }

  end(): void {
    keepOnly(this.servers, this.used)
    keepOnly(this.clients, this.used)
  }

  server(tls: DownstreamTls): Built<TlsTerminator> {
    const key = this.key(tls, () => `s${downstreamTlsKey(tls)}`)
    return build(this.servers, key, () => new TlsTerminator(tls, this.blobs, this.shared?.ticketKeys(tls)))
  }

  client(tls: UpstreamTls): Built<ClientTls> {
    const key = this.key(tls, () => `c${upstreamTlsKey(tls)}`)
    return build(this.clients, key, () => new ClientTls(tls, this.blobs))
  }

  private key(of: object, make: () => string): string {
    let key = this.keys.get(of)
    if (key === undefined) {
      key = make()
      this.keys.set(of, key)
    }
    this.used.add(key)
    return key
  }
}

function build<T>(map: Map<string, Built<T>>, key: string, make: () => T): Built<T> {
  let built = map.get(key)
  if (built === undefined) {
    try {
      built = { key, value: make() }
    } catch (error) {
      built = { key, problem: error instanceof Error ? error.message : String(error) }
    }
    map.set(key, built)
  }
  return built
}

function dropFailed<T>(map: Map<string, Built<T>>): void {
  for (const [key, built] of map) if (built.problem !== undefined) map.delete(key)
}

function keepOnly<T>(map: Map<string, Built<T>>, used: ReadonlySet<string>): void {
  for (const key of map.keys()) if (!used.has(key)) map.delete(key)
}
