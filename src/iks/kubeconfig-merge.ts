// Merges one kubeconfig into another, as `kubectl config` would: entries of the same name are replaced, everything else stays.
import { isMap, isSeq, parseDocument, type YAMLSeq } from 'yaml'

const LISTS = ['clusters', 'users', 'contexts'] as const

/** `into` with the clusters, users and contexts of `added`, whose current context becomes the current one; or what is wrong with `into`. Comments and unknown fields of `into` stay. */
export function mergeKubeconfig(
  into: string,
  added: string,
): { readonly text: string } | { readonly problem: string } {
  if (into.trim() === '') return { text: added }
  const target = parseDocument(into)
  if (target.errors[0]) return { problem: target.errors[0].message.split('\n')[0] ?? 'it is not YAML' }
  if (!isMap(target.contents)) return { problem: 'it is not a mapping' }
  const source = parseDocument(added)
  for (const list of LISTS) {
    const entries = source.get(list)
    if (!isSeq(entries)) continue
    const present = target.get(list)
    if (!isSeq(present)) {
      target.set(list, entries)
      continue
    }
    for (const entry of entries.items) replaceByName(present, entry)
  }
  target.set('current-context', source.get('current-context'))
  return { text: target.toString({ lineWidth: 0 }) }
}

function replaceByName(list: YAMLSeq, entry: unknown): void {
  const name = nameOf(entry)
  const index = list.items.findIndex((item) => nameOf(item) === name)
  if (index < 0) list.items.push(entry)
  else list.items[index] = entry
}

const nameOf = (entry: unknown): unknown => (isMap(entry) ? entry.get('name') : undefined)
