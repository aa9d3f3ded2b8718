// YAML as kubectl and the API server read it (Go's YAML 1.1): yes/no/on/off are booleans, 0644 and 0o644 are octal, times and 1:30 are strings.
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseAllDocuments,
  type ScalarTag,
  type Tags,
} from 'yaml'
import { formatPath, MAX_DEPTH, MAX_FINDINGS, type Parsed, setOwn } from './json.ts'

/** Text that is not YAML, or YAML that JSON cannot say. */
export class YamlError extends Error {
  override readonly name = 'YamlError'
}

/** Go knows no sexagesimal numbers; times stay text; sets and ordered maps are maps. */
const LEFT_OUT = new Set(['timestamp', 'set', 'omap', 'pairs'].map((name) => `tag:yaml.org,2002:${name}`))

const OCTAL: ScalarTag = {
  identify: () => false,
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text) => {
    const digits = text.replace(/_/g, '').replace(/^([-+]?)0o/, '$1')
    return Number.parseInt(digits, 8)
  },
}

const customTags = (tags: Tags): Tags => [
  OCTAL,
  ...tags.filter(
    (tag) =>
      typeof tag === 'string' || !(LEFT_OUT.has(tag.tag) || ('format' in tag && tag.format === 'TIME')),
  ),
]

/** Parses the first document of a YAML text to JSON values. Throws YamlError only. */
export function parseYaml(text: string): Parsed {
  let document: Document | undefined
  try {
    const all = parseAllDocuments(text, {
      version: '1.1',
      schema: 'yaml-1.1',
      customTags,
      uniqueKeys: false,
      merge: true,
      prettyErrors: false,
      logLevel: 'error',
    })
    document = Array.isArray(all) ? all[0] : undefined
  } catch (error) {
    throw asYamlError(error)
  }
  if (!document) return { value: null, duplicates: [] }
  const [problem] = document.errors
  if (problem) throw new YamlError(`yaml: ${problem.message}`)
  const duplicates: string[] = []
  try {
    findDuplicates(document.contents, [], duplicates)
    return { value: toJson(document.toJS({ maxAliasCount: 100 }), 0), duplicates }
  } catch (error) {
    throw asYamlError(error)
  }
}

function asYamlError(error: unknown): YamlError {
  if (error instanceof YamlError) return error
  if (error instanceof RangeError) return new YamlError('yaml: exceeded max depth')
  return new YamlError(`yaml: ${error instanceof Error ? error.message : 'not readable'}`)
}

/** What the library leaves that JSON has not: big integers, binary, non-finite numbers. */
function toJson(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new YamlError('yaml: exceeded max depth')
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new YamlError(`json: unsupported value: ${value}`)
    return value
  }
  if (value instanceof Uint8Array) return new TextDecoder().decode(value)
  if (Array.isArray(value)) return value.map((item) => toJson(item, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Map || value instanceof Set) throw new YamlError('yaml: unsupported map key')
  const out: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) setOwn(out, key, toJson(item, depth + 1))
  return out
}

/** Also refuses keys that are lists or maps, which JSON has not. */
function findDuplicates(node: unknown, path: (string | number)[], found: string[]): void {
  if (isAlias(node) || isScalar(node) || found.length >= MAX_FINDINGS) return
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) findDuplicates(item, [...path, index], found)
  } else if (isMap(node)) {
    const seen = new Set<string>()
    for (const pair of node.items) {
      if (!isPair(pair)) continue
      if (isMap(pair.key) || isSeq(pair.key)) throw new YamlError('yaml: unsupported map key')
      const key = isScalar(pair.key) ? String(pair.key.value) : ''
      if (seen.has(key) && key !== '<<') found.push(formatPath([...path, key]))
      seen.add(key)
      findDuplicates(pair.value, [...path, key], found)
    }
  }
}
