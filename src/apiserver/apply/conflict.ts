// The 409 of an apply that would change what others own: its text and causes, as kubectl prints them.
import type { Refusal } from '../refusal.ts'
import { goQuote } from '../validation/go-quote.ts'
import { type Fields, pathsOf } from './fields.ts'
import type { Managed, ManagedEntry } from './managed.ts'
import type { Conflicts } from './ownership.ts'
import { printPath } from './path-element.ts'

/** The refusal for these conflicts, managers sorted. */
export function conflictRefusal(conflicts: Conflicts, managed: Managed): Refusal {
  const groups = [...conflicts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, fields]) => ({ manager: printManager(managed.get(id)), paths: printedPaths(fields) }))
  const causes = groups.flatMap(({ manager, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${manager}`, field })),
  )
  return { code: 409, reason: 'Conflict', message: messageOf(groups, causes.length), causes }
}

interface Group {
  readonly manager: string
  readonly paths: readonly string[]
}

function messageOf(groups: readonly Group[], count: number): string {
  const only = groups[0]
  if (count === 1 && only) {
    return `Apply failed with 1 conflict: conflict with ${only.manager}: ${only.paths[0]}`
  }
  const lines = groups.flatMap(({ manager, paths }) => [
    `conflicts with ${manager}:`,
    ...paths.map((path) => `- ${path}`),
  ])
  return `Apply failed with ${count} conflicts: ${lines.join('\n')}`
}

const printedPaths = (fields: Fields): string[] => [...pathsOf(fields)].map(printPath)

function printManager(entry: ManagedEntry | undefined): string {
  if (!entry) return goQuote('')
  const sub = entry.subresource === undefined ? '' : ` with subresource ${goQuote(entry.subresource)}`
  const using = entry.operation === 'Update' ? ` using ${entry.apiVersion}` : ''
  return `${goQuote(entry.manager)}${sub}${using}`
}
