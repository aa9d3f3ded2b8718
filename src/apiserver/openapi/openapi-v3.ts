// One OpenAPI 3.0 document: the kinds of a group version.
import type { KindDefinition, ServedVersion } from '../kind.ts'
import { addBuiltin, type Components } from './component.ts'
import { customComponent, customName, OBJECT_META } from './custom-component.ts'
import { definitionName, REF_PREFIX } from './definitions.ts'
import { PATCH_PARAMETERS, type PatchOperation, patchOperation } from './patch-operation.ts'

export interface ServedFace {
  readonly kind: KindDefinition
  readonly face: ServedVersion
}

/** Components and operations of some kinds, from which both kinds of document are written. */
export interface Contents {
  readonly components: Components
  readonly operations: readonly { readonly operation: PatchOperation; readonly component: string }[]
}

/** Collects what is published of the given faces, and of further built-in definitions that are bodies of subresources. */
export function contentsOf(faces: readonly ServedFace[], further: readonly string[] = []): Contents {
  const components: Components = {}
  const operations = faces.map(({ kind, face }) => {
    const { group, version } = face
    const identity = { group, version, kind: kind.ref.kind }
    const builtin = kind.builtin ? definitionName(group, version, kind.ref.kind) : undefined
    const component = builtin ?? customName(identity)
    if (builtin) addBuiltin(components, builtin)
    else {
      components[component] = customComponent(face.schema, identity)
      addBuiltin(components, OBJECT_META)
    }
    return { operation: patchOperation(kind, face), component }
  })
  for (const name of further) addBuiltin(components, name)
  return { components, operations }
}

/** The document as a JSON value. */
export function openApiV3({ components, operations }: Contents): object {
  const pathParameter = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string' } })
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.35.0' },
    paths: Object.fromEntries(
      operations.map(({ operation, component }) => [
        operation.path,
        {
          patch: {
            description: `partially update the specified ${operation.kind.kind}`,
            operationId: operationId(operation),
            parameters: PATCH_PARAMETERS.map(([name, type, description]) => ({
              name,
              in: 'query',
              description,
              schema: { type },
            })),
            requestBody: {
              required: true,
              content: Object.fromEntries(
                operation.contentTypes.map((type) => [type, { schema: { type: 'object' } }]),
              ),
            },
            responses: {
              200: {
                description: 'OK',
                content: { 'application/json': { schema: { $ref: REF_PREFIX + component } } },
              },
            },
            'x-kubernetes-action': 'patch',
            'x-kubernetes-group-version-kind': operation.kind,
          },
          parameters: [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => pathParameter(name)),
        },
      ]),
    ),
    components: { schemas: components },
  }
}

/** `patchAppsV1Deployment`. */
export function operationId({ kind: { group, version, kind } }: PatchOperation): string {
  const title = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
  const groupName = group === '' ? 'Core' : group.split('.').map(title).join('')
  return `patch${groupName}${title(version)}${kind}`
}
