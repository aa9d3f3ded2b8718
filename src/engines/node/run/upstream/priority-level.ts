// The endpoints of one priority of a cluster: made for a list of endpoints, arranged anew when the health of one changes.
import type { Cluster } from '../../../../ir/cluster.ts'
import { localityText } from '../../../../ir/locality.ts'
import { type Level, localityWeight, OVERPROVISIONING_PERCENT } from '../../../../ir/priority-load.ts'
import { makeBalancer, roundRobin } from './balancer.ts'
import type { Balancer, Candidate, Random } from './candidate.ts'
import type { EndpointState } from './endpoint-state.ts'
import { hashRing } from './hash-ring.ts'

/** The endpoints of one locality, where localities have weights. */
interface Group {
  readonly name: string
  readonly weight: number
  readonly members: readonly EndpointState[]
}

/** A locality among others of its priority. */
interface GroupChoice extends Candidate {
  readonly balancer: Balancer<EndpointState>
}

const sum = (members: readonly EndpointState[]): number =>
  members.reduce((total, { weight }) => total + weight, 0)

function groupsOf(
  members: readonly EndpointState[],
  weights: NonNullable<Cluster['localityWeights']>,
): readonly Group[] {
  const byName = new Map<string, EndpointState[]>()
  for (const member of members) {
    const name = localityText(member.source.locality)
    const group = byName.get(name)
    if (group === undefined) byName.set(name, [member])
    else group.push(member)
  }
  return [...byName].map(([name, all]) => ({
    name,
    weight: localityWeight(weights, name, all),
    members: all,
  }))
}

export class PriorityLevel implements Balancer<EndpointState> {
  private readonly members: readonly EndpointState[]
  private readonly balancing: Cluster['balancing']
  private readonly random: Random
  private readonly groups: readonly Group[] | undefined
  /** Consistent hashing keeps its table while endpoints are ill. */
  private readonly ring: Balancer<EndpointState> | undefined
  private current: Balancer<EndpointState> = { pick: () => undefined }

  constructor(
    members: readonly EndpointState[],
    { balancing, localityWeights }: Pick<Cluster, 'balancing' | 'localityWeights'>,
    random: Random,
  ) {
    this.members = members
    this.balancing = balancing
    this.random = random
    this.groups = localityWeights && groupsOf(members, localityWeights)
    if (balancing.kind === 'ring-hash' || balancing.kind === 'maglev')
      this.ring = hashRing(balancing, members, this.ringWeights())
  }

  /** How many there are and how many of them are sound. */
  get level(): Level {
    return {
      endpoints: this.members.length,
      sound: this.members.filter(({ sound }) => sound).length,
    }
  }

  /** Takes up the health that its endpoints have now. */
  arrange(panic: boolean): void {
    for (const member of this.members) member.panic = panic
    this.current =
      this.groups === undefined || panic
        ? this.balancerOf(this.members.filter(({ usable }) => usable))
        : this.acrossLocalities(this.groups)
  }

  pick(hash: number | undefined, tried: ReadonlySet<string> | undefined): EndpointState | undefined {
    return hash === undefined || this.ring === undefined
      ? this.current.pick(hash, tried)
      : this.ring.pick(hash, tried)
  }

  private balancerOf(usable: readonly EndpointState[]): Balancer<EndpointState> {
    const { kind } = this.balancing
    // A request without a hash, where others have one.
    return makeBalancer(kind === 'ring-hash' || kind === 'maglev' ? 'random' : kind, usable, this.random)
  }

  /** A locality keeps its share until too few of its endpoints are sound (Envoy's locality weighted load balancing). */
  private acrossLocalities(groups: readonly Group[]): Balancer<EndpointState> {
    const choices = groups.flatMap(({ name, weight, members }): GroupChoice[] => {
      const usable = members.filter((one) => one.usable)
      if (usable.length === 0) return []
      const whole = Math.min(1, (usable.length * OVERPROVISIONING_PERCENT) / (100 * members.length))
      return [{ key: name, weight: weight * whole, active: 0, balancer: this.balancerOf(usable) }]
    })
    const rotation = roundRobin(choices, this.random)
    return {
      pick: (hash, tried) => {
        const chosen = rotation.pick(undefined, undefined)
        const found = chosen?.balancer.pick(hash, tried)
        if (found !== undefined || tried === undefined) return found
        for (const { balancer } of choices) {
          const other = balancer.pick(hash, tried)
          if (other !== undefined) return other
        }
        return undefined
      },
    }
  }

  /** On a table, the share of a locality is divided among its endpoints. */
  private ringWeights(): readonly number[] {
    const { groups, members } = this
    if (groups === undefined) return members.map(({ weight }) => weight)
    const scale = new Map(
      groups.flatMap(({ weight, members: all }) => all.map((one) => [one, weight / sum(all)] as const)),
    )
    return members.map((one) => one.weight * (scale.get(one) ?? 1))
  }
}
