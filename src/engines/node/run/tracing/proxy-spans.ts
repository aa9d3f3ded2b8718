// The spans of one proxy: each finished one goes to the exporter of its collector.
import type { Collector } from '../../../../ir/tracing.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { HopSpan } from './span.ts'
import { type ExporterContext, type SpanCounts, SpanExporter } from './span-exporter.ts'
import { spanRecord } from './span-record.ts'

/** How long a proxy that goes away waits for its last spans to arrive, ms. */
const LAST_MS = 500

export class ProxySpans {
  readonly counts: SpanCounts = { sent: 0, dropped: 0, failed: 0 }
  private readonly exporters = new Map<Collector, SpanExporter>()
  private readonly context: ExporterContext

  constructor(context: Omit<ExporterContext, 'counts'>) {
    const { cluster, failing } = context
    this.context = { counts: this.counts, cluster, failing }
  }

  /** The request of a span is over. */
  finished(span: HopSpan, context: RequestContext): void {
    if (span.sampled) this.exporter(span.tracing.collector).add(spanRecord(span, context))
  }

  async close(): Promise<void> {
    await Promise.all([...this.exporters.values()].map((one) => one.close(LAST_MS)))
  }

  private exporter(collector: Collector): SpanExporter {
    let exporter = this.exporters.get(collector)
    if (exporter === undefined) {
      exporter = new SpanExporter(collector, this.context)
      this.exporters.set(collector, exporter)
    }
    return exporter
  }
}
