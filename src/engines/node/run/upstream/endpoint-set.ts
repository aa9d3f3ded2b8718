// The endpoints of a cluster and which of them takes the next request. Priorities, localities and health are weighed when one of them changes,
// not for each request.
import type { Cluster } from '../../../../ir/cluster.ts'
import { panicPercentOf, priorityLoads } from '../../../../ir/priority-load.ts'
import { monotonic } from '../clock.ts'
import type { Random } from './candidate.ts'
import { EndpointState } from './endpoint-state.ts'
import { countOutcome, endEjections } from './outlier.ts'
import type { PreviousPriorities } from './previous-priorities.ts'
import { PriorityLevel } from './priority-level.ts'

export class EndpointSet {
  private source: Cluster
  private states: EndpointState[]
  private levels: readonly PriorityLevel[]
  private readonly random: Random
  /** Share of requests of each level, in percent. */
  private loads: readonly number[] = []
  private stale = true
  /** When the next ejection is over. */
  private nextReturn = Number.POSITIVE_INFINITY

  constructor(source: Cluster, random: Random) {
    this.source = source
    this.random = random
    this.states = source.endpoints.map((endpoint) => new EndpointState(endpoint))
    this.levels = this.makeLevels()
  }

  get all(): readonly EndpointState[] {
    return this.states
  }

  /** Takes a changed cluster. Endpoints that stay are the same state; `kept` is told of each with what it was, those that are gone come back. */
  update(
    source: Cluster,
    kept: (state: EndpointState, before: Cluster['endpoints'][number]) => void,
  ): readonly EndpointState[] {
    const before = new Map(this.states.map((state) => [state.key, state]))
    this.source = source
    this.states = source.endpoints.map((endpoint) => {
      const state = before.get(`${endpoint.address}:${endpoint.port}`)
      if (state === undefined) return new EndpointState(endpoint)
      before.delete(state.key)
      const was = state.source
      state.source = endpoint
      kept(state, was)
      return state
    })
    this.levels = this.makeLevels()
    return [...before.values()]
  }

  /** The endpoint for a request; undefined: none may be used. `tried` holds keys of those that failed it. */
  pick(
    hash: number | undefined,
    tried: ReadonlySet<string> | undefined,
    previous?: PreviousPriorities,
  ): EndpointState | undefined {
    if (this.nextReturn !== Number.POSITIVE_INFINITY) this.takeBack()
    if (this.stale) this.arrange()
    const level = this.levels.length > 1 ? this.levelFor(hash, previous) : this.levels[0]
    const found = level?.pick(hash, tried)
    // All of them were tried: better one of those than none.
    return found ?? (tried === undefined ? undefined : level?.pick(hash, undefined))
  }

  /** Tells outlier detection how a try ended; 0: no response. */
  outcome(endpoint: EndpointState, status: number): void {
    const { outlier } = this.source
    if (outlier !== undefined) countOutcome(outlier, endpoint, this.states, status, monotonic())
  }

  private makeLevels(): readonly PriorityLevel[] {
    const byPriority: EndpointState[][] = []
    for (const state of this.states) {
      state.onHealth = () => {
        this.stale = true
        if (state.ejectedUntil !== 0) this.nextReturn = Math.min(this.nextReturn, state.ejectedUntil)
      }
      const members = byPriority[state.priority]
      if (members === undefined) byPriority[state.priority] = [state]
      else members.push(state)
    }
    this.stale = true
    return [...byPriority].map((members = []) => new PriorityLevel(members, this.source, this.random))
  }

  private arrange(): void {
    this.stale = false
    const loads = priorityLoads(
      this.levels.map(({ level }) => level),
      panicPercentOf(this.source),
    )
    this.loads = loads.map(({ percent }) => percent)
    for (const [index, level] of this.levels.entries()) level.arrange(loads[index]?.panic === true)
  }

  private takeBack(): void {
    const now = monotonic()
    if (now < this.nextReturn) return
    endEjections(this.states, now)
    const waiting = this.states.filter(({ ejectedUntil }) => ejectedUntil !== 0)
    this.nextReturn = Math.min(...waiting.map(({ ejectedUntil }) => ejectedUntil))
  }

  /** The same hash leads to the same level as long as the loads stay. */
  private levelFor(
    hash: number | undefined,
    previous: PreviousPriorities | undefined,
  ): PriorityLevel | undefined {
    const loads = previous?.loads(this.levels.map(({ level }) => level)) ?? this.loads
    let at = hash === undefined ? this.random() * 100 : hash % 100
    for (const [index, percent] of loads.entries()) {
      at -= percent
      if (at < 0) return this.levels[index]
    }
    return undefined
  }
}
