// The messages of Envoy's gRPC authorization service, with the fields that are written and read here (envoy.service.auth.v3, same numbers).
import protobuf from 'protobufjs'

const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message CheckRequest { Attributes attributes = 1; }
  message Attributes { Peer source = 1; Peer destination = 2; Request request = 4; }
  message Peer { Address address = 1; string principal = 4; }
  message Address { SocketAddress socket_address = 1; }
  message SocketAddress { string address = 2; uint32 port_value = 3; }
  message Request { Http http = 2; }
  message Http {
    string id = 1; string method = 2; map<string, string> headers = 3; string path = 4; string host = 5; string scheme = 6;
    int64 size = 9; string protocol = 10; string body = 11; bytes raw_body = 12;
  }
  message CheckResponse { Status status = 1; Denied denied_response = 2; Ok ok_response = 3; }
  message Status { int32 code = 1; }
  message Denied { HttpStatus status = 1; repeated Option headers = 2; string body = 3; }
  message HttpStatus { int32 code = 1; }
  message Ok { repeated Option headers = 2; repeated string headers_to_remove = 5; repeated Option response_headers_to_add = 6; }
  message Option { Header header = 1; Bool append = 2; }
  message Header { string key = 1; string value = 2; bytes raw_value = 3; }
  message Bool { bool value = 1; }
`,
  { keepCase: true },
)
const CheckRequest = root.lookupType('CheckRequest')
const CheckResponse = root.lookupType('CheckResponse')

interface Peer {
  readonly address: { readonly socket_address: { readonly address: string; readonly port_value: number } }
  readonly principal?: string
}

export interface CheckQuestion {
  readonly source: Peer
  readonly destination: Peer
  readonly request: { readonly http: Readonly<Record<string, unknown>> }
}

interface HeaderOption {
  readonly header?: { readonly key?: string; readonly value?: string; readonly raw_value?: Uint8Array }
  readonly append?: { readonly value?: boolean }
}

export interface CheckReply {
  readonly status?: { readonly code?: number }
  readonly denied_response?: {
    readonly status?: { readonly code?: number }
    readonly headers?: readonly HeaderOption[]
    readonly body?: string
  }
  readonly ok_response?: {
    readonly headers?: readonly HeaderOption[]
    readonly headers_to_remove?: readonly string[]
    readonly response_headers_to_add?: readonly HeaderOption[]
  }
}

/** A message with the five bytes that frame it in gRPC: not compressed, its length. */
export function encodeQuestion(attributes: CheckQuestion): Buffer {
  const message = CheckRequest.encode(CheckRequest.fromObject({ attributes })).finish()
  const frame = Buffer.alloc(5)
  frame.writeUInt32BE(message.length, 1)
  return Buffer.concat([frame, message])
}

/** The one message of an answer; undefined when it is not one, or none of ours. */
export function decodeReply(body: Buffer): CheckReply | undefined {
  if (body.length < 5 || body[0] !== 0 || body.readUInt32BE(1) !== body.length - 5) return undefined
  try {
    return CheckResponse.decode(body.subarray(5)) as unknown as CheckReply
  } catch {
    return undefined
  }
}

/** Name and value as header text, and whether it comes beside what is there. */
export function headerOf({
  header,
  append,
}: HeaderOption): readonly [name: string, value: string, add: boolean] {
  const raw = header?.raw_value
  const value = raw !== undefined && raw.length > 0 ? Buffer.from(raw) : Buffer.from(header?.value ?? '')
  return [(header?.key ?? '').toLowerCase(), value.toString('latin1'), append?.value === true]
}
