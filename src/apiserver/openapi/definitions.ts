// The published definitions of the built-in groups as upstream writes them: OpenAPI v3 with `$ref`s, found by name or by kind.
import { generatedData } from './generated-data.ts'

/** A schema as published, before `$ref`s are resolved. */
export interface Definition {
  readonly type?: string
  readonly description?: string
  readonly $ref?: string
  readonly allOf?: readonly Definition[]
  readonly oneOf?: readonly Definition[]
  readonly properties?: Readonly<Record<string, Definition>>
  readonly additionalProperties?: Definition | boolean
  readonly items?: Definition
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[]
  readonly [key: string]: unknown
}

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

export const REF_PREFIX = '#/components/schemas/'

/** All definitions by name (`io.k8s.api.core.v1.Pod`), without descriptions. */
export function definitions(): Readonly<Record<string, Definition>> {
  return generatedData('schemas')
}

/** Texts by definition name, then by property (`''`: the definition itself). */
export function descriptions(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return generatedData('descriptions')
}

let byKind: ReadonlyMap<string, string> | undefined

/** The definition name of a built-in kind, or undefined. Kinds of meta/v1 that are bodies of any group (DeleteOptions) are found under every group. */
export function definitionName(group: string, version: string, kind: string): string | undefined {
  byKind ??= new Map(
    Object.entries(definitions()).flatMap(([name, definition]) =>
      (definition['x-kubernetes-group-version-kind'] ?? []).map((one) => [
        `${one.group}/${one.version}/${one.kind}`,
        name,
      ]),
    ),
  )
  return (
    byKind.get(`${group}/${version}/${kind}`) ?? (kind === 'DeleteOptions' ? META_DELETE_OPTIONS : undefined)
  )
}

const META_DELETE_OPTIONS = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'
