// The control plane on the wire: ADS over gRPC, delta and state of the world, one snapshot per node, verdicts handed on.
import {
  Server,
  type ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js'
import { type DeltaResponse, DeltaStream } from './delta-stream.ts'
import { encodeDelta, encodeSotw } from './encode-response.ts'
import type { LogMessage } from './log-entries.ts'
import { logService, logServiceDefinition } from './log-service.ts'
import { peerNames } from './peer-names.ts'
import { typeOf } from './protos.ts'
import type { ResourceType } from './resource-types.ts'
import type { NodeSnapshot } from './snapshot.ts'
import { type SotwResponse, SotwStream } from './sotw-stream.ts'
import type { Verdict } from './verdict.ts'

const PACKAGE = 'envoy.service.discovery.v3'

export interface AdsOptions {
  /** Whether the peer (its verified SPIFFE id or DNS names, none on plaintext) may speak for a node. */
  readonly authorize: (node: string, peer: readonly string[]) => boolean
  /** Called for each ACK and NACK, after what follows from it was sent. */
  readonly verdict: (node: string, verdict: Verdict) => void
  /** Called when a node's stream begins and ends. */
  readonly connected?: (node: string, streams: number) => void
  /** Takes what a node says of its requests and connections. */
  readonly logged?: (node: string, message: LogMessage) => void
}

type Wire = ServerDuplexStream<Record<string, unknown>, Buffer>

/** The bookkeeping of either kind of stream. */
interface Dialogue<Response> {
  take(request: unknown): Verdict | undefined
  pending(snapshot: NodeSnapshot): readonly Response[]
  readonly judged: boolean
  complete(snapshot: NodeSnapshot): boolean
}
interface AdsStream {
  /** Sends what is due. */
  readonly push: (snapshot: NodeSnapshot) => void
  /** Whether the client has all of it and has judged it. */
  readonly settled: (snapshot: NodeSnapshot) => boolean
  readonly close: () => void
}
interface Node {
  snapshot?: NodeSnapshot
  readonly streams: Set<AdsStream>
}

/** Serves snapshots to Envoys. */
export class AdsServer {
  readonly #nodes = new Map<string, Node>()
  readonly #server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 })
  readonly #options: AdsOptions

  constructor(options: AdsOptions) {
    this.#options = options
    this.#server.addService(service(), {
      DeltaAggregatedResources: (wire: Wire) =>
        this.#serve(wire, new DeltaStream() as Dialogue<DeltaResponse>, encodeDelta),
      StreamAggregatedResources: (wire: Wire) =>
        this.#serve(wire, new SotwStream() as Dialogue<SotwResponse>, encodeSotw),
    })
    const { authorize, logged } = options
    if (logged) this.#server.addService(logServiceDefinition(), logService({ authorize, taken: logged }))
  }

  /** Resolves with the port. */
  listen(address: string, credentials: ServerCredentials): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port)))
    })
  }

  /** Gives a node its snapshot and sends what changed. */
  set(node: string, snapshot: NodeSnapshot): void {
    const entry = this.#node(node)
    if (entry.snapshot === snapshot) return
    entry.snapshot = snapshot
    for (const stream of entry.streams) stream.push(snapshot)
  }

  /** Whether a node is connected, has asked for everything that is there for it, and has judged all of it. */
  settled(node: string): boolean {
    const { streams, snapshot } = this.#nodes.get(node) ?? {}
    return (
      streams !== undefined &&
      snapshot !== undefined &&
      streams.size > 0 &&
      [...streams].every((stream) => stream.settled(snapshot))
    )
  }

  /** Whether a node is to have a resource. */
  has(node: string, type: ResourceType, name: string): boolean {
    const snapshot = this.#nodes.get(node)?.snapshot
    if (type !== 'virtualHosts') return snapshot?.[type].has(name) ?? false
    return [...(snapshot?.virtualHosts.values() ?? [])].some((hosts) => hosts.has(name))
  }

  /** How many streams a node has open. */
  streams(node: string): number {
    return this.#nodes.get(node)?.streams.size ?? 0
  }

  /** Forgets a node; its streams end. */
  remove(node: string): void {
    for (const stream of this.#nodes.get(node)?.streams ?? []) stream.close()
    this.#nodes.delete(node)
  }

  /** Streams open per node. */
  connections(): ReadonlyMap<string, number> {
    return new Map([...this.#nodes].map(([name, { streams }]) => [name, streams.size]))
  }

  close(): void {
    this.#server.forceShutdown()
  }

  #node(name: string): Node {
    let node = this.#nodes.get(name)
    if (!node) {
      node = { streams: new Set() }
      this.#nodes.set(name, node)
    }
    return node
  }

  #serve<Response>(wire: Wire, dialogue: Dialogue<Response>, encode: (response: Response) => Buffer): void {
    let node: Node | undefined
    let name = ''
    const stream: AdsStream = {
      settled: (snapshot) => dialogue.judged && dialogue.complete(snapshot),
      close: () => wire.end(),
      push: (snapshot) => {
        for (const response of dialogue.pending(snapshot)) wire.write(encode(response))
      },
    }
    const end = () => {
      if (!node?.streams.delete(stream)) return
      this.#options.connected?.(name, node.streams.size)
    }
    wire.on('data', (request: Record<string, unknown>) => {
      if (!node) {
        name = String((request['node'] as { id?: string } | undefined)?.id ?? '')
        if (!this.#options.authorize(name, peerNames(wire))) {
          wire.emit('error', {
            code: status.PERMISSION_DENIED,
            details: `this certificate does not speak for node ${name}`,
          })
          return
        }
        node = this.#node(name)
        node.streams.add(stream)
        this.#options.connected?.(name, node.streams.size)
      }
      const verdict = dialogue.take(request)
      if (node.snapshot) stream.push(node.snapshot)
      if (verdict) this.#options.verdict(name, verdict)
    })
    wire.on('end', () => {
      end()
      wire.end()
    })
    wire.on('cancelled', end)
    wire.on('error', end)
  }
}

function service(): ServiceDefinition {
  const method = (name: string, request: string, response: string) => {
    const requestType = typeOf(`${PACKAGE}.${request}`)
    const responseType = typeOf(`${PACKAGE}.${response}`)
    return {
      // We write bytes: much of a response is the same for many streams.
      path: `/${PACKAGE}.AggregatedDiscoveryService/${name}`,
      requestStream: true,
      responseStream: true,
      requestSerialize: (value: object) =>
        Buffer.from(requestType.encode(requestType.fromObject(value)).finish()),
      requestDeserialize: (bytes: Buffer) =>
        requestType.toObject(requestType.decode(bytes), { defaults: false }),
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) =>
        responseType.toObject(responseType.decode(bytes), { defaults: false }),
    }
  }
  return {
    DeltaAggregatedResources: method(
      'DeltaAggregatedResources',
      'DeltaDiscoveryRequest',
      'DeltaDiscoveryResponse',
    ),
    StreamAggregatedResources: method('StreamAggregatedResources', 'DiscoveryRequest', 'DiscoveryResponse'),
  }
}
