// One worker: an ordinary engine whose models, listening sockets and ticket keys come over a channel, and whose access log and figures leave by it.
import type { Server } from 'node:net'
import { deserialize } from 'node:v8'
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts'
import type { Digest } from '../../../ir/certificate.ts'
import type { Filter } from '../../../ir/filter.ts'
import { downstreamTlsKey } from '../lower/tls-key.ts'
import { NodeEngine } from '../run/engine.ts'
import { LogBatches } from './log-batches.ts'
import { type Order, type Place, placeKey, type Settings, type UpdateMessage, type Word } from './messages.ts'
import { ModelDecoder } from './model-decoder.ts'
import { locateByPlaces } from './place-table.ts'
import { TokenNews, type TokensTaken } from './token-news.ts'

/** Says something to the engine; `sent` is called once the system has taken it. */
export type Say = (word: Word, sent?: () => void) => void

export class Worker {
  private readonly say: Say
  private readonly log: LogBatches
  private readonly decoder = new ModelDecoder(isRateLimit)
  private readonly tokens: TokenNews
  private readonly blobs = new Map<Digest, Uint8Array>()
  private readonly ticketKeys = new Map<string, Uint8Array>()
  private readonly places = new Map<string, Place>()
  private readonly opening = new Map<
    number,
    { readonly server: Server; readonly place: Place; readonly backlog: number }
  >()
  private openings = 0
  private engine: NodeEngine | undefined

  constructor(say: Say) {
    this.say = say
    this.tokens = new TokenNews((taken) => say({ kind: 'taken', taken }))
    this.log = new LogBatches((lines, sent) => say({ kind: 'log', lines }, sent))
  }

  ready(): void {
    this.say({ kind: 'ready' })
  }

  /** Carries out what the engine says. */
  take(message: unknown, handle: unknown): void {
    const order = message as Order
    if (order.kind === 'begin') this.begin(order)
    else if (order.kind === 'bound') this.bound(order.id, handle, order.error)
    else if (order.kind === 'update') void this.update(deserialize(order.bytes) as UpdateMessage)
    else if (order.kind === 'taken') this.taken(order.taken)
    else if (order.kind === 'measure') {
      this.say({ kind: 'measured', id: order.id, values: this.engine?.measure() ?? [] })
    } else void this.close(order.drainMs)
  }

  private begin(settings: Settings): void {
    this.engine = this.newEngine(settings)
    const { beatMs } = settings
    if (beatMs > 0) setInterval(() => this.say({ kind: 'alive' }), beatMs).unref()
  }

  private newEngine({ hops, drainMs, bindRetryMs, movedPorts }: Settings): NodeEngine {
    return new NodeEngine({
      hops,
      ...(drainMs === undefined ? {} : { drainMs }),
      ...(bindRetryMs === undefined ? {} : { bindRetryMs }),
      locate: locateByPlaces(this.places, movedPorts),
      accessLog: (proxy, line) => this.log.add(proxy, line),
      report: (diagnostic: Diagnostic) => this.say({ kind: 'report', diagnostic }),
      shared: {
        listen: (server, host, port, backlog) => this.bind(server, { host, port }, backlog),
        tokenTaken: (proxy, filter, key) => {
          const limit = this.decoder.numberOf(filter)
          if (limit !== undefined) this.tokens.took(proxy, limit, key)
        },
        ticketKeys: (tls) => this.ticketKeys.get(downstreamTlsKey(tls)),
      },
    })
  }

  private async update({ version, model, supplies, places }: UpdateMessage): Promise<void> {
    for (const [digest, bytes] of supplies.blobs) this.blobs.set(digest, bytes)
    for (const [settings, bytes] of supplies.ticketKeys) this.ticketKeys.set(settings, bytes)
    for (const [key, place] of places) this.places.set(key, place)
    // Contexts are built while the engine takes the model, before its first await.
    const acknowledged = this.engine?.apply({ version, model: this.decoder.decode(model), blobs: this.blobs })
    for (const key of supplies.dropped) {
      this.blobs.delete(key)
      this.ticketKeys.delete(key)
    }
    this.say({ kind: 'acknowledged', version, rejected: (await acknowledged)?.rejected ?? [] })
  }

  /** A limit that this worker has not heard of yet, or not any more, has no bucket here. */
  private taken(taken: readonly TokensTaken[]): void {
    for (const { proxy, limit, key, count } of taken) {
      const filter = this.decoder.find(limit)
      if (filter === undefined || !isRateLimit(filter)) continue
      this.engine?.tokensTakenElsewhere(proxy, filter, key, count)
    }
  }

  private bind(server: Server, place: Place, backlog: number): void {
    const id = ++this.openings
    this.opening.set(id, { server, place, backlog })
    this.say({ kind: 'bind', id, ...place })
  }

  private bound(id: number, handle: unknown, error: string | undefined): void {
    const opening = this.opening.get(id)
    this.opening.delete(id)
    if (opening === undefined) return
    const { server, place, backlog } = opening
    if (error !== undefined || handle === undefined) {
      server.emit('error', new Error(error ?? `no socket came for ${placeKey(place.host, place.port)}`))
      return
    }
    server.once('listening', () => this.say({ kind: 'listening', ...place }))
    // Somebody else who was bound as well was first to listen.
    server.once('error', () => this.say({ kind: 'unusable', ...place }))
    server.listen(handle, backlog)
  }

  /** Lets requests finish for at most `drainMs`; the process ends once its last words have left. */
  private async close(drainMs: number): Promise<void> {
    await this.engine?.close({ drainMs })
    await this.log.flushed()
    this.say({ kind: 'closed' }, () => process.exit(0))
  }
}

/** Nothing else of a model has this kind (`FILTER_ORDER`). */
function isRateLimit(value: object): value is Filter<'rate-limit'> {
  return (value as { readonly kind?: unknown }).kind === ('rate-limit' satisfies Filter['kind'])
}
