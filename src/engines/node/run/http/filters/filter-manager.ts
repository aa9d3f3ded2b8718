// The filters of one request, in their order: runs them, waits where one has to wait, holds the body back meanwhile (Envoy's FilterManager).
import type { FilterPlan } from '../../../lower/filters.ts'
import type { ProxyServices } from '../../proxy-services.ts'
import { type LocalReply, PAYLOAD_TOO_LARGE } from '../local-reply.ts'
import type { Downstream } from '../messages.ts'
import type { RequestContext } from '../request-context.ts'
import { CheckRun } from './check-run.ts'
import type { FilterOutcome, PendingCheck } from './filter-outcome.ts'
import { runFilter } from './filter-run.ts'

/** Whose request it is. */
export interface FilterHost {
  readonly context: RequestContext
  readonly services: ProxyServices
  readonly downstream: Downstream
  readonly requestEnded: boolean
  /** Looks for the route again, for what a filter found out; the filters of that. */
  reroute(): readonly FilterPlan[]
  reply(reply: LocalReply, by: 'filter'): void
  /** After a wait: every filter lets the request go on, with what has come of the body. */
  act(body: Buffer | undefined): void
}

const NO_HEADERS: readonly (readonly [name: string, value: string])[] = []

export class FilterManager {
  /** For the response, whoever makes it. */
  responseHeaders = NO_HEADERS
  private readonly host: FilterHost
  /** Those of the HTTP manager, which come first. */
  private readonly shared: readonly FilterPlan[]
  private filters: readonly FilterPlan[]
  private next = 0
  /** The route was looked for again: that happens once. */
  private rerouted = false
  private bodyLimit = 0
  /** What has come of the body since a filter waits. */
  private readonly early: Buffer[] = []
  private delay: NodeJS.Timeout | undefined
  private check: CheckRun | undefined

  constructor(host: FilterHost, shared: readonly FilterPlan[], own: readonly FilterPlan[]) {
    this.host = host
    this.shared = shared
    this.filters = own.length === 0 ? shared : [...shared, ...own]
  }

  /** Runs those that have not had their turn, with the first of the body. False: the request was answered, or waits. */
  run(first: Buffer | undefined): boolean {
    const { context, services } = this.host
    while (this.next < this.filters.length) {
      const outcome = runFilter(this.filters[this.next++] as FilterPlan, context, services)
      if (outcome === undefined) continue
      if (outcome.check !== undefined) {
        this.ask(outcome.check, first)
        return false
      }
      if (!this.settle(outcome, first)) return false
    }
    return true
  }

  /** Of a request that waits. */
  requestData(chunk: Buffer): void {
    this.early.push(Buffer.from(chunk))
    this.check?.received(this.early, false)
  }

  requestEnd(): void {
    this.check?.received(this.early, true)
  }

  /** True when a filter forbids a body of so many bytes. */
  forbids(bytes: number): boolean {
    return this.bodyLimit > 0 && bytes > this.bodyLimit
  }

  /** The request is over. */
  cancel(): void {
    clearTimeout(this.delay)
    this.check?.cancel()
    this.check = undefined
  }

  /** Does what a filter wants. True: the next filter has its turn. */
  private settle(outcome: NonNullable<FilterOutcome>, first: Buffer | undefined): boolean {
    const { host } = this
    const { reply } = outcome
    if (outcome.responseHeaders !== undefined)
      this.responseHeaders = [...this.responseHeaders, ...outcome.responseHeaders]
    if (outcome.reroute === true && !this.rerouted) {
      this.rerouted = true
      this.filters = [...this.shared.slice(this.next), ...host.reroute()]
      this.next = 0
      return true
    }
    if (outcome.bodyLimit !== undefined) {
      this.bodyLimit = outcome.bodyLimit
      if (this.forbids(Math.max(host.context.head.length, host.context.bytesReceived))) {
        host.reply(PAYLOAD_TOO_LARGE, 'filter')
        return false
      }
    }
    if (outcome.delayMs !== undefined) {
      host.context.flag('DI')
      this.wait(outcome.delayMs, reply, first)
      return false
    }
    if (reply === undefined) return true
    host.reply(reply, 'filter')
    return false
  }

  private ask(pending: PendingCheck, first: Buffer | undefined): void {
    const { context, downstream, requestEnded } = this.host
    if (first !== undefined) this.early.push(Buffer.from(first))
    // Whoever wants the body now has to ask for it: the upstream is not there yet.
    if (pending.bodyBytes > 0 && context.head.expectContinue) downstream.inform(100, undefined)
    this.check = new CheckRun(pending, downstream, (outcome) => {
      this.check = undefined
      if (outcome === undefined || this.settle(outcome, undefined)) this.goOn()
    })
    this.check.received(this.early, requestEnded)
  }

  private wait(ms: number, reply: LocalReply | undefined, first: Buffer | undefined): void {
    const { host } = this
    if (first !== undefined) this.early.push(Buffer.from(first))
    host.downstream.pauseRequest()
    this.delay = setTimeout(() => {
      host.downstream.resumeRequest()
      if (reply === undefined) this.goOn()
      else host.reply(reply, 'filter')
    }, ms)
  }

  /** A wait is over. */
  private goOn(): void {
    if (!this.run(undefined)) return
    const body = this.early.length === 0 ? undefined : Buffer.concat(this.early)
    this.early.length = 0
    this.host.act(body)
  }
}
