// Active health checks of a cluster's endpoints (Envoy health_check). An endpoint counts as healthy until it has failed often enough.
import type { HealthCheck } from '../../../../ir/cluster.ts'
import { HeadParser } from '../http1/head-parser.ts'
import { NEED_MORE } from '../http1/parse-result.ts'
import type { DialRequest } from './dial.ts'
import { dial } from './dial.ts'
import type { EndpointState } from './endpoint-state.ts'

const LIMITS = { maxBytes: 64 * 1024, maxHeaders: 200 }

export class HealthChecker {
  private readonly rule: HealthCheck
  private readonly host: string
  private readonly endpoints: () => readonly EndpointState[]
  private readonly reach: (endpoint: EndpointState) => DialRequest
  private readonly timer: NodeJS.Timeout
  private readonly running = new Map<EndpointState, () => void>()
  /** Results in a row: positive successes, negative failures. */
  private readonly rows = new WeakMap<EndpointState, number>()

  constructor(
    rule: HealthCheck,
    host: string,
    endpoints: () => readonly EndpointState[],
    reach: (endpoint: EndpointState) => DialRequest,
  ) {
    this.rule = rule
    this.host = host
    this.endpoints = endpoints
    this.reach = reach
    this.timer = setInterval(() => this.checkAll(), rule.intervalMs)
    this.timer.unref()
    this.checkAll()
  }

  stop(): void {
    clearInterval(this.timer)
    for (const cancel of this.running.values()) cancel()
    this.running.clear()
  }

  private checkAll(): void {
    for (const endpoint of this.endpoints()) {
      if (!this.running.has(endpoint)) this.check(endpoint)
    }
  }

  private check(endpoint: EndpointState): void {
    const { rule } = this
    let cancelDial: (() => void) | undefined
    let destroy: (() => void) | undefined
    const finish = (passed: boolean): void => {
      if (!this.running.delete(endpoint)) return
      clearTimeout(timer)
      cancelDial?.()
      destroy?.()
      this.count(endpoint, passed)
    }
    const timer = setTimeout(() => finish(false), rule.timeoutMs)
    timer.unref()
    this.running.set(endpoint, () => {
      this.running.delete(endpoint)
      clearTimeout(timer)
      cancelDial?.()
      destroy?.()
    })
    cancelDial = dial(this.reach(endpoint), {
      connected: (socket) => {
        cancelDial = undefined
        destroy = () => socket.destroy()
        socket.on('error', () => finish(false))
        socket.on('close', () => finish(false))
        if (rule.kind === 'tcp') {
          finish(true)
          return
        }
        const parser = new HeadParser('response', LIMITS)
        socket.on('data', (chunk: Buffer) => {
          const end = parser.parse(chunk, 0)
          if (end !== NEED_MORE) finish(end >= 0 && parser.status === 200)
        })
        const path = rule.path ?? '/'
        socket.write(
          `GET ${path} HTTP/1.1\r\nhost: ${this.host}\r\nuser-agent: sallyport-health-check\r\nconnection: close\r\n\r\n`,
        )
      },
      dialFailed: () => {
        cancelDial = undefined
        finish(false)
      },
    })
  }

  private count(endpoint: EndpointState, passed: boolean): void {
    const before = this.rows.get(endpoint) ?? 0
    const row = passed ? Math.max(0, before) + 1 : Math.min(0, before) - 1
    this.rows.set(endpoint, row)
    if (row >= this.rule.healthyThreshold) endpoint.passing = true
    else if (-row >= this.rule.unhealthyThreshold) endpoint.passing = false
  }
}
