// The Node engine in several processes: they share its listening sockets, and what one of them dies of is felt by its own connections only.
import { serialize } from 'node:v8'
import { diagnostic } from '../../../diagnostics/diagnostic.ts'
import type { Model } from '../../../ir/proxy.ts'
import type { Acknowledgement, Engine, EngineStatus, Update } from '../../engine.ts'
import { proxyStatus } from '../../proxy-status.ts'
import type { NodeEngineOptions, WorkersOptions } from '../options.ts'
import { Answers } from './answers.ts'
import { Figures } from './figures.ts'
import type { Order, UpdateMessage, Word } from './messages.ts'
import { ModelEncoder } from './model-encoder.ts'
import { PendingUpdate } from './pending-update.ts'
import { PlaceTable } from './place-table.ts'
import { SharedSockets } from './shared-sockets.ts'
import { Supplier } from './supplier.ts'
import { ToldOnce } from './told-once.ts'
import { beatMs, DEFAULT_SILENCE_MS } from './watchdog.ts'
import { WorkerSlot } from './worker-slot.ts'

const NOTHING: ReadonlyMap<number, number> = new Map()
/** A worker that does not tell its figures in this time is counted with those it told last. */
const MEASURE_MS = 2_000

export class WorkersEngine implements Engine {
  readonly name = 'node'
  private readonly options: NodeEngineOptions
  private readonly movedPorts: ReadonlyMap<number, number>
  private readonly encoder = new ModelEncoder()
  private readonly supplier = new Supplier()
  private readonly places: PlaceTable
  private readonly sockets = new SharedSockets()
  private readonly figures = new Figures()
  private readonly answers = new Answers()
  private readonly told = new ToldOnce()
  private readonly silenceMs: number
  private readonly slots: readonly WorkerSlot[]
  private pending: PendingUpdate[] = []
  private version = 0
  private model: Model = { proxies: [] }
  private closed = false

  constructor(
    options: NodeEngineOptions,
    { count, entry, movedPorts = NOTHING, silenceMs = DEFAULT_SILENCE_MS }: WorkersOptions,
  ) {
    this.options = options
    this.silenceMs = silenceMs
    this.movedPorts = movedPorts
    this.places = new PlaceTable(options.locate, movedPorts)
    this.slots = Array.from(
      { length: count },
      (_, index) =>
        new WorkerSlot(index + 1, {
          entry,
          silenceMs,
          greet: (slot) => this.greet(slot),
          heard: (slot, word) => this.heard(slot, word),
          lost: (slot, how, pauseMs) => this.lost(slot, how, pauseMs),
        }),
    )
  }

  apply({ version, model, blobs }: Update): Promise<Acknowledgement> {
    if (version <= this.version || this.closed) {
      return Promise.resolve({ version: this.version, rejected: [] })
    }
    this.version = version
    this.model = model
    // What is no longer bound is closed here first: it is free for others once the workers have followed.
    this.sockets.keepOnly(this.places.bindsOf(model))
    const order = updateOrder({
      version,
      model: this.encoder.delta(model),
      supplies: this.supplier.delta(model, blobs),
      places: this.places.delta(model),
    })
    for (const slot of this.slots) slot.send(order)
    return new Promise((resolve) => {
      this.pending.push(new PendingUpdate(version, this.slots, resolve))
    })
  }

  status(): EngineStatus {
    const { locate } = this.options
    return {
      version: this.version,
      workers: this.slots.map(({ pid, state, restarts }) => ({
        ...(pid === undefined ? {} : { pid }),
        state,
        restarts,
      })),
      proxies: proxyStatus(this.model.proxies, (_, { address, port }) =>
        this.sockets.isListening(locate(address, port)),
      ),
    }
  }

  async metrics(): Promise<string> {
    const asked = this.slots.filter(({ state }) => state === 'running')
    await this.answers.ask(asked, MEASURE_MS, (slot, id) => slot.send({ kind: 'measure', id }))
    return this.figures.text(this.slots)
  }

  async close({ drainMs = 0 }: { readonly drainMs?: number } = {}): Promise<void> {
    this.closed = true
    this.sockets.keepOnly([])
    await Promise.all(this.slots.map((slot) => slot.stop(drainMs)))
    for (const update of this.pending.splice(0)) update.abandon()
  }

  /** All that a new worker must know. */
  private greet(slot: WorkerSlot): void {
    const { hops = 'wire', drainMs, bindRetryMs } = this.options
    slot.send({
      kind: 'begin',
      hops,
      ...(drainMs === undefined ? {} : { drainMs }),
      ...(bindRetryMs === undefined ? {} : { bindRetryMs }),
      movedPorts: this.movedPorts,
      beatMs: beatMs(this.silenceMs),
    })
    const model = this.encoder.whole()
    if (model === undefined) return
    const supplies = this.supplier.whole()
    slot.send(updateOrder({ version: this.version, model, supplies, places: this.places.whole() }))
  }

  private heard(slot: WorkerSlot, word: Word): void {
    switch (word.kind) {
      case 'acknowledged':
        for (const update of this.pending) update.acknowledged(slot, word.version, word.rejected)
        this.settle()
        break
      case 'bind':
        this.bind(slot, word)
        break
      case 'listening':
        this.sockets.listening(word)
        break
      case 'unusable':
        this.sockets.drop(word)
        break
      case 'log':
        for (let at = 0; at + 1 < word.lines.length; at += 2) {
          this.options.accessLog(word.lines[at] as string, word.lines[at + 1] as string)
        }
        break
      case 'report':
        if (this.told.isNews(slot.index, word.diagnostic)) this.options.report(word.diagnostic)
        break
      case 'measured':
        this.figures.told(slot.index, word.values)
        this.answers.came(slot, word.id)
        break
      case 'taken':
        for (const other of this.slots) if (other !== slot) other.send(word)
        break
      case 'ready':
      case 'alive':
      case 'closed':
        break
    }
  }

  private bind(slot: WorkerSlot, { id, host, port }: Extract<Word, { kind: 'bind' }>): void {
    const refuse = (error: string): void => slot.send({ kind: 'bound', id, error })
    const opened = this.sockets.open({ host, port })
    if ('error' in opened) refuse(opened.error)
    // A newer model may close the socket before it has left: the worker, which is told of that model next, still waits for an answer.
    else slot.send({ kind: 'bound', id }, opened.handle, () => refuse('the address is in use no more'))
  }

  private lost(slot: WorkerSlot, how: string, pauseMs: number): void {
    this.figures.lost(slot.index)
    this.answers.lost(slot)
    this.told.lost(slot.index)
    for (const update of this.pending) update.lost(slot)
    this.settle()
    const message = `${how}; its connections are lost, another takes its place in ${pauseMs} ms`
    this.options.report(diagnostic('SP0805', {}, message))
  }

  private settle(): void {
    this.pending = this.pending.filter((update) => !update.settled())
  }
}

/** Serialised once, however many workers get it. */
function updateOrder(message: UpdateMessage): Order {
  return { kind: 'update', bytes: serialize(message) }
}
