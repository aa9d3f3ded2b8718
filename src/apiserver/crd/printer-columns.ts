// The table of a custom kind: its name, its additionalPrinterColumns, or its age.
import type { KubeObject } from '../../resources/object.ts'
import type { Cell, Column, KindDefinition } from '../kind.ts'
import { AGE, age, NAME } from '../kinds/columns.ts'
import { formatAge } from '../table/age.ts'
import type { CrdVersion } from './custom-resource-definition.ts'
import { jsonPath } from './json-path.ts'

/** Columns and cells for a version. */
export function tableOf(version: CrdVersion): KindDefinition['table'] {
  const extra = version.additionalPrinterColumns
  if (!extra || extra.length === 0) {
    return { columns: [NAME, AGE], cells: (object, now) => [object.metadata.name, age(object, now)] }
  }
  const columns = extra.map(
    (one): Column => ({
      name: one.name,
      type: one.type as Column['type'],
      format: one.format ?? '',
      description:
        one.description ?? `Custom resource definition column (in JSONPath format): ${one.jsonPath}`,
      priority: one.priority ?? 0,
    }),
  )
  const cells = extra.map((one) => cellOf(one.jsonPath, one.type))
  return {
    columns: [NAME, ...columns],
    cells: (object, now) => [object.metadata.name, ...cells.map((cell) => cell(object, now))],
  }
}

/** The first value at the path, if it fits the column's type. */
function cellOf(path: string, type: string): (object: KubeObject, now: number) => Cell {
  const find = jsonPath(path)
  if (typeof find !== 'function') return () => null
  return (object, now) => {
    const value = find(object)[0]
    if (value === undefined || value === null) return null
    switch (type) {
      case 'string':
        return typeof value === 'string' ? value : JSON.stringify(value)
      case 'integer':
        return typeof value === 'number' ? Math.trunc(value) : null
      case 'number':
        return typeof value === 'number' ? value : null
      case 'boolean':
        return typeof value === 'boolean' ? value : null
      case 'date':
        if (typeof value !== 'string') return null
        return Number.isNaN(Date.parse(value)) ? '<invalid>' : formatAge(value, now)
      default:
        return null
    }
  }
}
