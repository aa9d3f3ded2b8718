// The control plane on the wire: ADS over gRPC, delta and state of the world, one snapshot per node, verdicts handed on.
import {
  Server,
  type ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js'
import { type DeltaRequest, DeltaStream, type Verdict } from './delta-stream.ts'
import { typeOf } from './protos.ts'
import { type ResourceType, typeUrl } from './resource-types.ts'
import type { NodeSnapshot } from './snapshot.ts'
import { type SotwRequest, SotwStream } from './sotw-stream.ts'

const PACKAGE = 'envoy.service.discovery.v3'

export interface AdsOptions {
  /** Whether the peer (its verified SPIFFE id or DNS names, none on plaintext) may speak for a node. */
  readonly authorize: (node: string, peer: readonly string[]) => boolean
  /** Called for each ACK and NACK, after what follows from it was sent. */
  readonly verdict: (node: string, verdict: Verdict) => void
  /** Called when a node's stream begins and ends. */
  readonly connected?: (node: string, streams: number) => void
}

type Wire = ServerDuplexStream<Record<string, unknown>, Record<string, unknown>>
interface Node {
  snapshot?: NodeSnapshot
  readonly streams: Set<AdsStream>
}
interface AdsStream {
  /** Sends what is due. */
  readonly push: (snapshot: NodeSnapshot) => void
  readonly complete: (snapshot: NodeSnapshot) => boolean
  /** Responses that the client has not judged yet. */
  unjudged: number
}

/** Serves snapshots to Envoys. */
export class AdsServer {
  readonly #nodes = new Map<string, Node>()
  readonly #server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 })
  readonly #options: AdsOptions

  constructor(options: AdsOptions) {
    this.#options = options
    this.#server.addService(service(), {
      DeltaAggregatedResources: (wire: Wire) => this.#delta(wire),
      StreamAggregatedResources: (wire: Wire) => this.#sotw(wire),
    })
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
      [...streams].every((stream) => stream.unjudged <= 0 && stream.complete(snapshot))
    )
  }

  /** Whether a node is to have a resource. */
  has(node: string, type: ResourceType, name: string): boolean {
    return this.#nodes.get(node)?.snapshot?.[type].has(name) ?? false
  }

  /** Forgets a node; its streams end. */
  remove(node: string): void {
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

  #delta(wire: Wire): void {
    const stream = new DeltaStream()
    this.#serve(
      wire,
      (request) => stream.take(request as unknown as DeltaRequest),
      (snapshot) => {
        const responses = stream.pending(snapshot)
        for (const { type, resources, removed, nonce } of responses) {
          wire.write({
            type_url: typeUrl(type),
            nonce,
            resources: resources.map(({ name, resource }) => ({
              name,
              version: resource.version,
              resource: { type_url: typeUrl(type), value: resource.bytes() },
            })),
            removed_resources: removed,
          })
        }
        return responses.length
      },
      (snapshot) => stream.complete(snapshot),
    )
  }

  #sotw(wire: Wire): void {
    const stream = new SotwStream()
    this.#serve(
      wire,
      (request) => stream.take(request as unknown as SotwRequest),
      (snapshot) => {
        const responses = stream.pending(snapshot)
        for (const { type, version, resources, nonce } of responses)
          wire.write({
            type_url: typeUrl(type),
            version_info: version,
            nonce,
            resources: resources.map((resource) => ({ type_url: typeUrl(type), value: resource.bytes() })),
          })
        return responses.length
      },
      (snapshot) => stream.complete(snapshot),
    )
  }

  #serve(
    wire: Wire,
    take: (request: Record<string, unknown>) => Verdict | undefined,
    push: (snapshot: NodeSnapshot) => number,
    complete: (snapshot: NodeSnapshot) => boolean,
  ): void {
    let node: Node | undefined
    let name = ''
    let completed: NodeSnapshot | undefined
    const stream: AdsStream = {
      unjudged: 0,
      complete: (snapshot) => {
        if (completed !== snapshot && complete(snapshot)) completed = snapshot
        return completed === snapshot
      },
      push: (snapshot) => {
        stream.unjudged += push(snapshot)
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
      const verdict = take(request)
      if (verdict) stream.unjudged -= 1
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

/** The names in the peer's verified certificate. */
function peerNames(wire: Wire): readonly string[] {
  const context = (
    wire as unknown as { getAuthContext?: () => { sslPeerCertificate?: { subjectaltname?: string } } }
  ).getAuthContext?.()
  const text = context?.sslPeerCertificate?.subjectaltname ?? ''
  return text.split(', ').map((name) => name.slice(name.indexOf(':') + 1))
}

function service(): ServiceDefinition {
  const method = (name: string, request: string, response: string) => {
    const requestType = typeOf(`${PACKAGE}.${request}`)
    const responseType = typeOf(`${PACKAGE}.${response}`)
    return {
      path: `/${PACKAGE}.AggregatedDiscoveryService/${name}`,
      requestStream: true,
      responseStream: true,
      requestSerialize: (value: object) =>
        Buffer.from(requestType.encode(requestType.fromObject(value)).finish()),
      requestDeserialize: (bytes: Buffer) =>
        requestType.toObject(requestType.decode(bytes), { defaults: false }),
      responseSerialize: (value: object) =>
        Buffer.from(responseType.encode(responseType.fromObject(value)).finish()),
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
