// The service to which Envoys stream what they say of requests and connections (service.accesslog.v3), beside ADS on the same port.
import { type ServerReadableStream, type ServiceDefinition, type sendUnaryData, status } from '@grpc/grpc-js'
import type { LogMessage } from './log-entries.ts'
import { peerNames } from './peer-names.ts'
import { typeOf } from './protos.ts'

const PACKAGE = 'envoy.service.accesslog.v3'

export interface LogServiceOptions {
  /** Whether the peer may speak for a node. */
  readonly authorize: (node: string, peer: readonly string[]) => boolean
  readonly taken: (node: string, message: LogMessage) => void
}

export function logServiceDefinition(): ServiceDefinition {
  const request = typeOf(`${PACKAGE}.StreamAccessLogsMessage`)
  return {
    StreamAccessLogs: {
      path: `/${PACKAGE}.AccessLogService/StreamAccessLogs`,
      requestStream: true,
      responseStream: false,
      requestSerialize: (value: object) => Buffer.from(request.encode(request.fromObject(value)).finish()),
      requestDeserialize: (bytes: Buffer) =>
        request.toObject(request.decode(bytes), { defaults: false, longs: Number }),
      // The one answer, at the end of a stream, says nothing.
      responseSerialize: () => Buffer.alloc(0),
      responseDeserialize: () => ({}),
    },
  }
}

/** A stream is of the node that its first message names. */
export function logService({ authorize, taken }: LogServiceOptions) {
  return {
    StreamAccessLogs(wire: ServerReadableStream<LogMessage, object>, answer: sendUnaryData<object>): void {
      let node: string | undefined
      wire.on('data', (message: LogMessage) => {
        const name = node ?? message.identifier?.node?.id ?? ''
        if (node === undefined && !authorize(name, peerNames(wire))) {
          wire.removeAllListeners('data').resume()
          answer({
            code: status.PERMISSION_DENIED,
            details: `this certificate does not speak for node ${name}`,
          })
          return
        }
        node = name
        taken(name, message)
      })
      wire.on('end', () => answer(null, {}))
      // A stream that breaks off has said what it has said.
      wire.on('error', () => undefined)
    },
  }
}
