// What Connection says (RFC 9110 section 7.6.1): whether the connection stays after a message, and which fields end at this hop.
import type { HeaderBlock } from '../http/headers/header-block.ts'

/** True when a comma-separated list holds the token, compared without case. */
export function hasToken(list: string, token: string): boolean {
  return list.split(',').some((item) => item.trim().toLowerCase() === token)
}

/** Whether the sender of a message keeps the connection after it (RFC 9112 section 9.3). `version`: 10 or 11. */
export function persists(connection: string | undefined, version: number): boolean {
  if (connection === undefined) return version === 11
  if (connection === 'keep-alive') return true
  return !hasToken(connection, 'close') && (version === 11 || hasToken(connection, 'keep-alive'))
}

/** Removes the fields that Connection names, except those of `kept`. */
export function dropNamed(headers: HeaderBlock, connection: string, kept: ReadonlySet<string>): void {
  for (const item of connection.split(',')) {
    const name = item.trim().toLowerCase()
    if (name !== '' && !kept.has(name)) headers.remove(name)
  }
}
