// What the proxy answers on its own.

/** An answer that the proxy itself makes. */
export interface LocalReply {
  readonly status: number
  readonly body?: string
  /** Absent: the profile's page around `body`. */
  readonly contentType?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly flag?: string
  readonly details: string
  /** For x-sallyport-reason; absent: flag and details. */
  readonly reason?: string
}

/** To a request with more of a body than somebody takes. */
export const PAYLOAD_TOO_LARGE: LocalReply = {
  status: 413,
  body: 'Payload Too Large',
  details: 'request_payload_too_large',
}

/** Whether the client speaks gRPC and so reads no HTTP status: by content types without parameters, as in Envoy. */
export function asksGrpc(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/grpc(?:\+|$)/.test(contentType)
}

/** gRPC's name for an HTTP status (grpc/doc/http-grpc-status-mapping.md). */
const GRPC_STATUS: Readonly<Record<number, string>> = {
  400: '13',
  401: '16',
  403: '7',
  404: '12',
  429: '14',
  502: '14',
  503: '14',
  504: '14',
}
const UNKNOWN = '2'

/** Percent-encoding of grpc-message (gRPC over HTTP/2, "Responses"), in Envoy's reading. */
const escaped = (text: string): string =>
  Buffer.from(text).reduce(
    (out, byte) =>
      out +
      (byte < 0x20 || byte >= 0x7e || byte === 0x25
        ? `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(byte)),
    '',
  )

/** The same answer for a gRPC client: status 200 and trailers only, as Envoy sends it. */
export function grpcReply({ body = '', contentType: _, ...reply }: LocalReply): LocalReply {
  return {
    ...reply,
    status: 200,
    headers: [
      ['content-type', 'application/grpc'],
      ...(reply.headers ?? []),
      ['grpc-status', GRPC_STATUS[reply.status] ?? UNKNOWN],
      ...(body === '' ? [] : [['grpc-message', escaped(body)] as const]),
    ],
  }
}
