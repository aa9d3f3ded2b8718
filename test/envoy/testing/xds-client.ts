// A light delta xDS client: subscribes as told, acknowledges everything unless told otherwise, remembers what it has.
import { type ChannelCredentials, Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js'
import { typeOf } from '../../../src/engines/envoy/run/protos.ts'
import { type ResourceType, resourceType, typeUrl } from '../../../src/engines/envoy/run/resource-types.ts'

interface Response {
  readonly type_url: string
  readonly nonce: string
  readonly resources?: readonly {
    readonly name: string
    readonly version: string
    readonly resource: { readonly value: Uint8Array }
  }[]
  readonly removed_resources?: readonly string[]
}

export interface XdsClientOptions {
  readonly address: string
  readonly node: string
  readonly credentials?: ChannelCredentials
  /** Why a response is refused; undefined: it is acknowledged. */
  readonly judge?: (type: ResourceType, names: readonly string[]) => string | undefined
}

export class XdsClient {
  /** What it has, by type: versions by name. */
  readonly has = new Map<ResourceType, Map<string, string>>()
  /** Names in each response, in order. */
  readonly responses: {
    readonly type: ResourceType
    readonly names: readonly string[]
    readonly removed: readonly string[]
  }[] = []
  bytes = 0
  readonly ended: Promise<string>
  readonly #options: XdsClientOptions
  readonly #client: Client
  readonly #stream: ClientDuplexStream<object, Response>
  readonly #waiting = new Set<() => void>()

  constructor(options: XdsClientOptions) {
    this.#options = options
    this.#client = new Client(options.address, options.credentials ?? credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
    })
    const request = typeOf('envoy.service.discovery.v3.DeltaDiscoveryRequest')
    const response = typeOf('envoy.service.discovery.v3.DeltaDiscoveryResponse')
    this.#stream = this.#client.makeBidiStreamRequest<object, Response>(
      '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
      (value) => Buffer.from(request.encode(request.fromObject(value)).finish()),
      (bytes) => {
        this.bytes += bytes.length
        return response.toObject(response.decode(bytes)) as Response
      },
    )
    this.#stream.on('data', (message: Response) => this.#take(message))
    this.ended = new Promise((resolve) => {
      this.#stream.on('error', (error) => resolve(error.message))
      this.#stream.on('end', () => resolve('end'))
    })
  }

  subscribe(type: ResourceType, names: readonly string[] = []): void {
    this.#stream.write({
      node: { id: this.#options.node },
      type_url: typeUrl(type),
      resource_names_subscribe: names,
    })
  }

  /** Resolves when the condition holds, looked at after each response. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!condition()) return
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
      check()
    })
  }

  names(type: ResourceType): readonly string[] {
    return [...(this.has.get(type)?.keys() ?? [])]
  }

  close(): void {
    this.#stream.cancel()
    this.#client.close()
  }

  #take({ type_url, nonce, resources = [], removed_resources = [] }: Response): void {
    const type = resourceType(type_url)
    if (!type) return
    const names = resources.map(({ name }) => name)
    this.responses.push({ type, names, removed: removed_resources })
    const error = this.#options.judge?.(type, names)
    if (error === undefined) {
      const held = this.has.get(type) ?? new Map<string, string>()
      this.has.set(type, held)
      for (const { name, version } of resources) held.set(name, version)
      for (const name of removed_resources) held.delete(name)
    }
    this.#stream.write({
      type_url,
      response_nonce: nonce,
      ...(error === undefined ? {} : { error_detail: { code: 3, message: error } }),
    })
    for (const check of this.#waiting) check()
  }
}
