// Lists in one table cell: three items, then how many more.

const SHOWN = 3

/** `a,b,c + 2 more...`; `none` for an empty list. */
export function listCell(items: readonly string[], none: string): string {
  if (items.length === 0) return none
  const shown = items.slice(0, SHOWN).join(',')
  return items.length > SHOWN ? `${shown} + ${items.length - SHOWN} more...` : shown
}
