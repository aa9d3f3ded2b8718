// Counts by bucket, cheap to add to.

/** Upper bounds as Envoy exports them: milliseconds or bytes. */
export const BUCKETS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
]

export class Histogram {
  readonly counts = new Float64Array(BUCKETS.length + 1)
  sum = 0
  count = 0

  observe(value: number): void {
    let index = 0
    while (index < BUCKETS.length && value > (BUCKETS[index] as number)) index++
    this.counts[index] = (this.counts[index] as number) + 1
    this.sum += value
    this.count++
  }
}
