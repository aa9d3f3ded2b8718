// Ages as kubectl prints them (apimachinery duration.HumanDuration).

const SECOND = 1000
const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

/** A span in milliseconds: `2m5s`, `3h`, `2d4h`. Two units only where the first alone would be coarse. */
export function formatDuration(ms: number): string {
  const seconds = Math.trunc(ms / SECOND)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 2 * MINUTE) return `${seconds}s`
  if (seconds < 10 * MINUTE) return two(seconds, MINUTE, 'm', 1, 's')
  if (seconds < 3 * HOUR) return `${Math.trunc(seconds / MINUTE)}m`
  if (seconds < 8 * HOUR) return two(seconds, HOUR, 'h', MINUTE, 'm')
  if (seconds < 2 * DAY) return `${Math.trunc(seconds / HOUR)}h`
  if (seconds < 8 * DAY) return two(seconds, DAY, 'd', HOUR, 'h')
  if (seconds < 2 * YEAR) return `${Math.trunc(seconds / DAY)}d`
  if (seconds < 8 * YEAR) return two(seconds, YEAR, 'y', DAY, 'd')
  return `${Math.trunc(seconds / YEAR)}y`
}

/** The age of an RFC 3339 time at `now` (ms); `<unknown>` when there is none. */
export function formatAge(since: string | undefined, now: number): string {
  const start = since === undefined ? Number.NaN : Date.parse(since)
  return Number.isNaN(start) ? '<unknown>' : formatDuration(now - start)
}

function two(seconds: number, unit: number, name: string, subunit: number, subname: string): string {
  const rest = Math.trunc((seconds % unit) / subunit)
  return `${Math.trunc(seconds / unit)}${name}${rest === 0 ? '' : `${rest}${subname}`}`
}
