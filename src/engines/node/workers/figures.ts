// The figures of all workers as one: sums. What a worker had counted when it was last asked counts on after its end, so that no sum ever falls.
import { AggregatorRegistry } from 'prom-client'
import { measure, type Values } from '../../metrics/exposition.ts'

export class Figures {
  /** By worker, as it last told. */
  private readonly last = new Map<number, Values>()
  private gone: Values = []

  told(worker: number, values: Values): void {
    this.last.set(worker, values)
  }

  /** The worker is no more: its gauges end, its counts stay. */
  lost(worker: number): void {
    const counts = (this.last.get(worker) ?? []).filter(({ type }) => String(type) !== 'gauge')
    this.last.delete(worker)
    this.gone = merged([this.gone, counts])
  }

  /** Prometheus text of all, and of the workers themselves. */
  text(workers: readonly { readonly state: string; readonly restarts: number }[]): Promise<string> {
    const restarts = workers.reduce((sum, worker) => sum + worker.restarts, 0)
    const own = measure([
      {
        name: 'sallyport_workers',
        help: 'Processes of the engine, by what they do.',
        type: 'gauge',
        samples: () =>
          ['starting', 'running', 'waiting'].map((state) => ({
            labels: { state },
            value: workers.filter((worker) => worker.state === state).length,
          })),
      },
      {
        name: 'sallyport_worker_restarts_total',
        help: 'Processes that took the place of one that had ended by itself.',
        type: 'counter',
        samples: () => [{ labels: {}, value: restarts }],
      },
    ])
    return registryOf([...this.last.values(), this.gone, own]).metrics()
  }
}

/** The contract of prom-client's aggregation: lists of what its registries give as JSON. */
const registryOf = (all: readonly Values[]) => AggregatorRegistry.aggregate(all as unknown as object[])

function merged(all: readonly Values[]): Values {
  return registryOf(all).getMetricsAsArray() as unknown as Values
}
