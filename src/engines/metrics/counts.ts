// What Istio counts of requests and connections, one child for each set of label values.
import { Histogram } from './histogram.ts'
import type { Labels } from './labels.ts'

/** Requests with one set of label values. */
export class RequestCounts {
  readonly labels: Labels
  readonly duration = new Histogram()
  readonly requestBytes = new Histogram()
  readonly responseBytes = new Histogram()
  /** Of gRPC, both ways. */
  requestMessages = 0
  responseMessages = 0

  constructor(labels: Labels) {
    this.labels = labels
  }
}

/** TCP connections with one set of label values. */
export class ConnectionCounts {
  readonly labels: Labels
  opened = 0
  closed = 0
  received = 0
  sent = 0

  constructor(labels: Labels) {
    this.labels = labels
  }
}

/** The requests and connections of one proxy, by their labels. */
export interface ProxyCounts {
  readonly requests: ReadonlyMap<string, RequestCounts>
  readonly connections: ReadonlyMap<string, ConnectionCounts>
}

/** Hosts that a forward proxy meets are without end; labels are not. */
const MOST_KEYS = 10_000

/** Children by their labels, and by what the labels depend on, so that labels are made rarely. */
export class Children<Child> {
  readonly byLabels = new Map<string, Child>()
  private readonly byKey = new Map<string, Child>()

  known(key: string): Child | undefined {
    return this.byKey.get(key)
  }

  /** The child with these labels, from now on known by the key: several endpoints of a workload are one. */
  add(key: string, labels: Labels, make: () => Child): Child {
    const identity = JSON.stringify(labels)
    const child = this.byLabels.get(identity) ?? make()
    this.byLabels.set(identity, child)
    if (this.byKey.size >= MOST_KEYS) this.byKey.clear()
    this.byKey.set(key, child)
    return child
  }
}
