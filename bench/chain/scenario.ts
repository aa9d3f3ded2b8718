// What a measurement is: one figure or two of one running peer.

import type { Target } from './load.ts'
import type { Child } from './pinned.ts'
import { NAMES, type Topology } from './topology.ts'

/** A peer with its doors open. */
export interface Running {
  readonly topology: Topology
  readonly children: readonly Child[]
  /** Speaks HTTP/2 for the first name. */
  readonly http2: number
  /** Requests that fill the time of one measurement, by scenario: found while warming up. */
  readonly amounts: Map<string, number>
}

export interface Scenario {
  readonly id: string
  readonly title: string
  /** Of the figures, for the table. */
  readonly unit: string
  readonly better: 'more' | 'less'
  /** Named figures, the first of which counts for the ratio. */
  readonly measure: (running: Running) => Promise<readonly number[]>
  readonly warmUp?: (running: Running) => Promise<void>
  /** Measured once, of a peer that has served nothing yet. */
  readonly fresh?: true
  /** Measurements in a round; absent: one. */
  readonly perRound?: number
}

export const plain = ({ topology }: Running): Target => ({
  port: topology.plain,
  name: NAMES.one,
  tls: false,
  path: '/',
})
export const tls = ({ topology }: Running): Target => ({
  port: topology.tls,
  name: NAMES.one,
  tls: true,
  path: '/',
})
export const http2 = ({ http2: port }: Running): Target => ({ port, name: NAMES.one, tls: true, path: '/' })
export const chain =
  (path = '/') =>
  ({ topology }: Running): Target => ({ port: topology.edge, name: NAMES.two, tls: true, path })
