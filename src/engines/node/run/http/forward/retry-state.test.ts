// A retry policy at work on one request, with a cluster that counts.
import { describe, expect, it } from 'vitest'
import type { RetryPolicy } from '../../../../../ir/route.ts'
import type { ClusterState } from '../../upstream/cluster-state.ts'
import { EndpointState } from '../../upstream/endpoint-state.ts'
import { RetryState } from './retry-state.ts'

const policy = (rest: Partial<RetryPolicy> = {}): RetryPolicy => ({ attempts: 2, on: ['5xx'], ...rest })

/** Takes so many retries at a time. */
function cluster(room: number): ClusterState {
  const state = {
    retries: 0,
    admitRetry: () => {
      if (state.retries >= room) return false
      state.retries++
      return true
    },
  }
  return state as unknown as ClusterState
}

describe('retries of one request', () => {
  it('are counted once by the cluster, however many follow, and out again at the end', () => {
    const state = new RetryState(policy())
    const one = cluster(1)
    expect([state.admit(one, 1), state.admit(one, 2), state.admit(one, 3)]).toEqual([true, true, false])
    expect(one.retries).toBe(1)
    state.end(one)
    expect(one.retries).toBe(0)
  })

  it('do not begin where the cluster has no room, and then count nothing out', () => {
    const state = new RetryState(policy())
    const full = cluster(0)
    expect(state.admit(full, 1)).toBe(false)
    state.end(full)
    expect(full.retries).toBe(0)
  })

  it('avoid the endpoints that failed only where the policy says so', () => {
    const endpoint = new EndpointState({ address: '10.0.0.1', port: 1, healthy: true })
    const anywhere = new RetryState(policy())
    anywhere.avoid(endpoint)
    expect(anywhere.tried).toBeUndefined()
    const elsewhere = new RetryState(policy({ hostReselect: 5 }))
    elsewhere.avoid(endpoint)
    expect(elsewhere.tried).toEqual(new Set(['10.0.0.1:1']))
  })

  it('are not made any more once the request is over', async () => {
    const state = new RetryState(policy({ backoffMs: 1 }))
    let made = 0
    state.backOff(
      2,
      () => 0,
      () => made++,
    )
    state.end(cluster(1))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(made).toBe(0)
  })
})
