// How long a request takes at a rate that nobody finds hard.
import { flood, pace, percentile } from '../load.ts'
import { chain, type Scenario } from '../scenario.ts'

const RATE = 1_000
const SECONDS = 4
const WARM_REQUESTS = 20_000

export const paced: Scenario = {
  id: 'pace',
  title: `chain at ${RATE.toLocaleString('en')} requests/s`,
  unit: 'p99 ms (p50)',
  better: 'less',
  // One stumble of the machine is most of what lies beyond the 99th percentile: the median of several says more than a long one.
  perRound: 2,
  warmUp: async (running) => {
    await flood(chain()(running), WARM_REQUESTS, 20)
    await pace(chain()(running), RATE, 2, running.topology.folder)
  },
  measure: async (running) => {
    const times = await pace(chain()(running), RATE, SECONDS, running.topology.folder)
    return [percentile(times, 0.99), percentile(times, 0.5)]
  },
}
