// Schemas of the built-in kinds, from the generated data, `$ref`s resolved. Loaded at the first call, not at start.
import type { ServedVersion } from '../kind.ts'
import type { Schema } from '../schema.ts'

/**
 * The schema of a built-in kind (also DeleteOptions, Scale, Eviction, reviews). Recursive types are cyclic values: do not serialise them.
 * Descriptions are left out; `default` is what upstream publishes and serves key defaulting in server-side apply, not object defaulting.
 */
export function builtinSchema(_group: string, _version: string, _kind: string): Schema {
  throw new Error('not yet built')
}

/** The face of a built-in kind, its schema looked up at first use. */
export function builtinVersion(
  group: string,
  version: string,
  kind: string,
  extra: Omit<ServedVersion, 'group' | 'version' | 'schema'> = {},
): ServedVersion {
  return {
    group,
    version,
    ...extra,
    get schema() {
      return builtinSchema(group, version, kind)
    },
  }
}
