// Durations on the command line: `500ms`, `30s`, `15m`, `24h`, `90d`.
import { InvalidArgumentError } from 'commander'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds. Throws commander's usage error on anything else. */
export function parseDuration(text: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text)
  const unit = UNITS[match?.[2] ?? '']
  const value = Number(match?.[1]) * (unit ?? Number.NaN)
  if (!(value > 0)) throw new InvalidArgumentError('Write a number with a unit: 500ms, 30s, 15m, 24h or 90d.')
  return value
}
