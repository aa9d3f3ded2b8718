// A filter chain with a TCP proxy at run time: policy, cluster, endpoint, then bytes.
import type { Socket } from 'node:net'
import { logFormat } from '../../../../ir/log-format.ts'
import type { TcpPlan } from '../../lower/tcp-proxy.ts'
import type { ClientConnection } from '../client-connection.ts'
import { monotonic } from '../clock.ts'
import type { ProxyServices } from '../proxy-services.ts'
import { dial } from '../upstream/dial.ts'
import { pickWeighted } from '../weighted.ts'
import { splice } from './splice.ts'
import type { TcpRecord } from './tcp-record.ts'

export class TcpChain {
  plan: TcpPlan
  private readonly services: ProxyServices
  private readonly sockets = new Set<Socket>()

  constructor(plan: TcpPlan, services: ProxyServices) {
    this.plan = plan
    this.services = services
  }

  get size(): number {
    return this.sockets.size
  }

  /** Takes a connection; it is closed when no upstream can be had. */
  serve(socket: Socket, connection: ClientConnection): void {
    const started = monotonic()
    const record: TcpRecord = {
      connection,
      startTime: Date.now(),
      accessLog: logFormat(this.plan.handler),
      durationMs: 0,
      opened: false,
      bytesReceived: 0,
      bytesSent: 0,
      flags: '',
      details: '',
      transportFailure: undefined,
      clusterName: undefined,
      upstreamHost: undefined,
      upstreamLocal: undefined,
    }
    this.sockets.add(socket)
    let over = false
    const finish = (): void => {
      if (over) return
      over = true
      this.sockets.delete(socket)
      record.durationMs = monotonic() - started
      this.services.tcpFinished(record)
    }
    const refuse = (flags: string, details: string): void => {
      record.flags = flags
      record.details = details
      finish()
      socket.on('error', () => {})
      socket.destroy()
    }
    this.connect(socket, connection, record, refuse, finish)
  }

  /** TCP has no way to ask for an end: connections go on until they close or the drain time is over. */
  drain(): void {}

  destroy(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  private connect(
    socket: Socket,
    connection: ClientConnection,
    record: TcpRecord,
    refuse: (flags: string, details: string) => void,
    finish: () => void,
  ): void {
    const { decide, handler } = this.plan
    if (decide !== undefined) {
      const { allowed, rule } = decide(connection, undefined)
      if (!allowed) {
        refuse('', `rbac_access_denied_matched_policy[${rule}]`)
        return
      }
    }
    const name = handler.clusters[pickWeighted(handler.clusters, this.services.random)]?.cluster ?? ''
    record.clusterName = name
    const cluster = this.services.cluster(name)
    if (cluster === undefined) {
      refuse('NC', 'cluster_not_found')
      return
    }
    const { refusal } = cluster
    if (refusal !== undefined) {
      record.transportFailure = refusal
      refuse('UF', 'cluster_refused')
      return
    }
    const endpoint = cluster.pick(undefined, undefined, '')
    if (endpoint === undefined) {
      refuse('UH', 'no_healthy_upstream')
      return
    }
    record.upstreamHost = endpoint.key
    if (!cluster.open()) {
      refuse('UO', 'overflow')
      return
    }
    const tls = cluster.tlsFor(endpoint)
    socket.pause()
    const cancel = dial(
      { ...cluster.dialRequest(endpoint, tls, connection.serverName ?? ''), source: connection },
      {
        connected: (upstream) => {
          socket.off('close', gone)
          record.upstreamLocal = `${upstream.localAddress}:${upstream.localPort}`
          endpoint.active++
          record.opened = true
          this.services.tcpOpened(record)
          splice(socket, upstream, handler.idleTimeoutMs ?? 0, ({ forth, back }) => {
            endpoint.active--
            cluster.closed()
            record.bytesReceived = forth
            record.bytesSent = back
            finish()
          })
          socket.resume()
        },
        dialFailed: ({ reason, transport }) => {
          socket.off('close', gone)
          cluster.closed()
          cluster.outcome(endpoint, 0)
          record.transportFailure = transport || reason
          refuse('UF', '')
        },
      },
    )
    const gone = (): void => {
      cancel()
      cluster.closed()
      record.flags = 'DC'
      finish()
    }
    socket.once('close', gone)
    socket.on('error', () => {})
  }
}
