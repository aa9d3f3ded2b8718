// The operations that are published. Clients look for one thing only: a PATCH per kind, whose query parameters tell them that the server
// supports dry runs and field validation. Other verbs would triple the size of the documents and nobody reads them.
import type { KindDefinition, ServedVersion } from '../kind.ts'
import type { GroupVersionKind } from './definitions.ts'

/** Query parameters of every PATCH, with their JSON type. */
export const PATCH_PARAMETERS = [
  ['dryRun', 'string', 'All: runs every step of the request and stores nothing.'],
  ['fieldManager', 'string', 'The name under which the changed fields are recorded; required for apply.'],
  ['fieldValidation', 'string', 'What is done about unknown and duplicate fields: Ignore, Warn or Strict.'],
  ['force', 'boolean', 'Takes fields over from other managers; for apply only.'],
] as const

export interface PatchOperation {
  /** `/apis/apps/v1/namespaces/{namespace}/deployments/{name}`. */
  readonly path: string
  readonly kind: GroupVersionKind
  readonly contentTypes: readonly string[]
}

/** The PATCH of a kind in one of its versions. */
export function patchOperation(kind: KindDefinition, { group, version }: ServedVersion): PatchOperation {
  const { plural, namespaced } = kind.ref
  const scope = namespaced ? '/namespaces/{namespace}' : ''
  return {
    path: `/${documentPath(group, version)}${scope}/${plural}/{name}`,
    kind: { group, version, kind: kind.ref.kind },
    contentTypes: [
      'application/json-patch+json',
      'application/merge-patch+json',
      ...(kind.builtin ? ['application/strategic-merge-patch+json'] : []),
      'application/apply-patch+yaml',
    ],
  }
}

/** `api/v1`, `apis/apps/v1`: the URL prefix of a group version, and the name of its document. */
export function documentPath(group: string, version: string): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`
}
