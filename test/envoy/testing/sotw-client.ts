// A light state-of-the-world client: takes what comes into a list, and says of it what it is told to say, when it is told to.
import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js'
import { typeOf } from '../../../src/engines/envoy/run/protos.ts'
import {
  messageTypes,
  type ResourceType,
  resourceType,
  typeUrl,
} from '../../../src/engines/envoy/run/resource-types.ts'

export interface SotwAnswer {
  readonly type: ResourceType
  readonly nonce: string
  readonly version: string
  /** Names of its resources, sorted. */
  readonly names: readonly string[]
}

export class SotwClient {
  readonly answers: SotwAnswer[] = []
  readonly #client: Client
  readonly #stream: ClientDuplexStream<object, SotwAnswer>
  readonly #node: string

  constructor(address: string, node: string) {
    this.#node = node
    this.#client = new Client(address, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
    })
    const request = typeOf('envoy.service.discovery.v3.DiscoveryRequest')
    const response = typeOf('envoy.service.discovery.v3.DiscoveryResponse')
    this.#stream = this.#client.makeBidiStreamRequest<object, SotwAnswer>(
      '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources',
      (value) => Buffer.from(request.encode(request.fromObject(value)).finish()),
      (bytes) => answerOf(response.toObject(response.decode(bytes)) as WireAnswer),
    )
    this.#stream.on('data', (answer: SotwAnswer) => this.answers.push(answer))
    this.#stream.on('error', () => undefined)
  }

  /** Asks for a type, or says something of an answer: `error` refuses it. */
  say(
    type: ResourceType,
    names: readonly string[],
    about?: Pick<SotwAnswer, 'nonce' | 'version'>,
    error?: string,
  ): void {
    this.#stream.write({
      node: { id: this.#node },
      type_url: typeUrl(type),
      resource_names: names,
      ...(about ? { response_nonce: about.nonce } : {}),
      ...(about && error === undefined ? { version_info: about.version } : {}),
      ...(error === undefined ? {} : { error_detail: { code: 3, message: error } }),
    })
  }

  close(): void {
    this.#stream.cancel()
    this.#client.close()
  }
}

interface WireAnswer {
  readonly type_url: string
  readonly nonce: string
  readonly version_info: string
  readonly resources?: readonly { readonly value: Uint8Array }[]
}

function answerOf({ type_url, nonce, version_info, resources = [] }: WireAnswer): SotwAnswer {
  const type = resourceType(type_url)
  if (!type) throw new Error(`an answer of type ${type_url}`)
  const message = typeOf(messageTypes[type])
  const names = resources.map(({ value }) => {
    const { name, cluster_name } = message.decode(value) as unknown as {
      name?: string
      cluster_name?: string
    }
    return name || cluster_name || ''
  })
  return { type, nonce, version: version_info, names: names.sort() }
}
