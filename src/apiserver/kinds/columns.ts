// Table columns that most kinds share, and how their cells are filled.
import type { KubeObject } from '../../resources/object.ts'
import type { Column } from '../kind.ts'
import { formatAge } from '../table/age.ts'

/** A column shown always, or with priority 1 only by `-o wide`. */
export const column = (
  name: string,
  type: Column['type'],
  description: string,
  priority: 0 | 1 = 0,
): Column => ({ name, type, format: '', description, priority })

export const NAME: Column = {
  ...column('Name', 'string', 'Name of the object, unique for its kind within its namespace.'),
  format: 'name',
}
export const AGE: Column = column('Age', 'string', 'Time since the object was created.')

/** What the Age column shows at `now` (ms). */
export const age = (object: KubeObject, now: number): string =>
  formatAge(object.metadata.creationTimestamp, now)

/** `<none>` for what is empty. */
export const orNone = (text: string): string => (text === '' ? '<none>' : text)

/** `a=1,b=2`, sorted, `<none>` when there are none: label maps in cells. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`)
  return orNone(pairs.sort().join(','))
}
