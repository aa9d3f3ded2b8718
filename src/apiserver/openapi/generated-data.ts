// Reads the files that scripts/gen-*.mjs wrote, at first use. They lie in data/ beside this file, and in dist/data beside the bundle.
import { readFileSync } from 'node:fs'

const loaded = new Map<string, unknown>()

/** The parsed content of `data/<name>.gen.json`, the same value at every call. */
export function generatedData<T>(name: 'schemas' | 'descriptions' | 'go-types' | 'istio-crds'): T {
  let value = loaded.get(name)
  if (value === undefined) {
    value = JSON.parse(readFileSync(new URL(`./data/${name}.gen.json`, import.meta.url), 'utf8'))
    loaded.set(name, value)
  }
  return value as T
}
