// The finished spans of one proxy on their way to one collector: a bounded queue, one batch at a time, never anything that a request waits for.
import type { Collector } from '../../../../ir/tracing.ts'
import type { ClusterState } from '../upstream/cluster-state.ts'
import { postSpans } from './collector-request.ts'
import type { SpanRecord } from './span-record.ts'

/** Spans that wait; beyond them new ones are lost. */
const QUEUE_LIMIT = 2048
const BATCH_LIMIT = 256
/** How long a span waits for others to travel with. */
const FLUSH_MS = 500

/** Spans by what became of them. */
export interface SpanCounts {
  sent: number
  /** The queue was full. */
  dropped: number
  /** The collector did not take them. */
  failed: number
}

export interface ExporterContext {
  readonly counts: SpanCounts
  cluster(name: string): ClusterState | undefined
  /** Told of a failure that follows a success. */
  failing(collector: Collector, reason: string): void
}

export class SpanExporter {
  private readonly collector: Collector
  private readonly context: ExporterContext
  private queue: SpanRecord[] = []
  private timer: NodeJS.Timeout | undefined
  private giveUp: (() => void) | undefined
  private failing = false
  private closing: (() => void) | undefined

  constructor(collector: Collector, context: ExporterContext) {
    this.collector = collector
    this.context = context
  }

  add(span: SpanRecord): void {
    if (this.queue.length >= QUEUE_LIMIT) {
      this.context.counts.dropped++
      return
    }
    this.queue.push(span)
    if (this.queue.length >= BATCH_LIMIT) this.flush()
    else this.arm()
  }

  /** Sends what waits, and resolves when that is over or `withinMs` have passed. */
  close(withinMs: number): Promise<void> {
    this.flush()
    if (this.giveUp === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.giveUp?.(), withinMs)
      this.closing = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  private arm(): void {
    if (this.timer !== undefined || this.giveUp !== undefined) return
    this.timer = setTimeout(() => this.flush(), FLUSH_MS)
    this.timer.unref()
  }

  private flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    if (this.giveUp !== undefined || this.queue.length === 0) return
    const batch = this.queue.slice(0, BATCH_LIMIT)
    this.queue = this.queue.slice(BATCH_LIMIT)
    const { collector, context } = this
    let over = false
    const cancel = postSpans(
      context.cluster(collector.cluster),
      collector,
      Buffer.from(exportRequest(collector.service, batch)),
      (failure) => {
        over = true
        this.giveUp = undefined
        this.judge(failure, batch.length)
      },
    )
    if (!over) this.giveUp = cancel
  }

  private judge(failure: string | undefined, spans: number): void {
    const { counts } = this.context
    if (failure === undefined) counts.sent += spans
    else counts.failed += spans
    if (failure !== undefined && !this.failing) this.context.failing(this.collector, failure)
    this.failing = failure !== undefined
    if (this.closing !== undefined) this.closing()
    else if (this.queue.length > 0) this.arm()
  }
}

/** opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest in JSON. */
function exportRequest(service: string, spans: readonly SpanRecord[]): string {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] }
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })
}
