// What volumes must satisfy: a name, and exactly one source; texts as in core's validation.
import type { FieldError } from '../kind.ts'
import { duplicate, forbidden, invalid, required } from '../validation/field-error.ts'
import { dns1123Label } from '../validation/names.ts'
import type { Loose, Volume } from './pod-type.ts'

/** All errors of the (defaulted) volumes of a pod. */
export function volumeErrors(volumes: readonly Volume[], field: string): FieldError[] {
  const names = new Set<string>()
  return volumes.flatMap((volume, index) => {
    const path = `${field}[${index}]`
    const { name, ...sources } = volume
    const errors: FieldError[] = []
    if (!name) errors.push(required(`${path}.name`))
    else {
      errors.push(...dns1123Label(name).map((message) => invalid(`${path}.name`, name, message)))
      if (names.has(name)) errors.push(duplicate(`${path}.name`, name))
      names.add(name)
    }
    const [first, ...others] = Object.keys(sources)
    if (first === undefined) errors.push(required(path, 'must specify a volume type'))
    else errors.push(...sourceErrors(first, sources[first], `${path}.${first}`))
    for (const type of others) {
      errors.push(forbidden(`${path}.${type}`, 'may not specify more than 1 volume type'))
    }
    return errors
  })
}

function sourceErrors(type: string, value: unknown, field: string): FieldError[] {
  const source = (typeof value === 'object' && value !== null ? value : {}) as Loose
  switch (type) {
    case 'secret':
      return [...named(source, 'secretName', field), ...fileErrors(source, field)]
    case 'configMap':
      return [...named(source, 'name', field), ...fileErrors(source, field)]
    case 'hostPath':
      return named(source, 'path', field)
    case 'projected':
      return projectedErrors(source, field)
    case 'persistentVolumeClaim':
      return named(source, 'claimName', field)
    default:
      return []
  }
}

function projectedErrors(source: Loose, field: string): FieldError[] {
  const sources = (source['sources'] ?? []) as readonly Loose[]
  return sources.flatMap((one, index) => {
    const path = `${field}.sources[${index}]`
    const [first, ...others] = Object.keys(one)
    if (first === undefined) return [required(path, 'must specify a source')]
    const errors = others.map((type) =>
      forbidden(`${path}.${type}`, 'may not specify more than 1 volume type per source'),
    )
    const inner = one[first] as Loose
    if (first === 'secret' || first === 'configMap') {
      errors.push(...named(inner, 'name', `${path}.${first}`), ...fileErrors(inner, `${path}.${first}`))
    }
    if (first === 'serviceAccountToken') errors.push(...named(inner, 'path', `${path}.${first}`))
    return errors
  })
}

function fileErrors(source: Loose, field: string): FieldError[] {
  const errors: FieldError[] = []
  const mode = source['defaultMode'] as number | undefined
  if (mode !== undefined && (mode < 0 || mode > 0o777)) {
    errors.push(
      invalid(`${field}.defaultMode`, mode, 'must be a number between 0 and 0777 (octal), both inclusive'),
    )
  }
  const items = (source['items'] ?? []) as readonly { key?: string; path?: string }[]
  items.forEach(({ key, path }, index) => {
    if (!key) errors.push(required(`${field}.items[${index}].key`))
    if (!path) errors.push(required(`${field}.items[${index}].path`))
    else if (path.startsWith('/') || path.split('/').includes('..')) {
      errors.push(invalid(`${field}.items[${index}].path`, path, "must be a relative path without '..'"))
    }
  })
  return errors
}

const named = (source: Loose, name: string, field: string): FieldError[] =>
  source[name] ? [] : [required(`${field}.${name}`)]
