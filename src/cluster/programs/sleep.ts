// The `sleep` of curl, busybox and the like: a process to run commands beside.
import type { Lifeline } from './lifeline.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Milliseconds of coreutils' `sleep 1m 30s`, `sleep infinity`; undefined for what it would refuse. */
export function sleepMs(args: readonly string[]): number | undefined {
  let total = 0
  for (const arg of args) {
    if (/^inf(inity)?$/i.test(arg)) return Number.POSITIVE_INFINITY
    const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(arg)
    if (!match) return undefined
    total += Number(match[1]) * (UNITS[match[2] || 's'] ?? 0)
  }
  return args.length === 0 ? undefined : total
}

/** Waits, then exits 0; SIGTERM ends it at once with 143, as it ends a real sleep. */
export function sleep(args: readonly string[], lifeline: Lifeline): void {
  const ms = sleepMs(args)
  if (ms === undefined) {
    process.stderr.write(`sleep: invalid time interval '${args.join(' ')}'\n`)
    process.exit(1)
  }
  const end = () => process.exit(143)
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  const tick = (left: number) => {
    if (left <= 0) process.exit(0)
    const step = Math.min(left, LONGEST_TIMER_MS)
    setTimeout(() => tick(left - step), step)
  }
  tick(ms)
  lifeline.ready()
}
