// The Table form of objects (meta.k8s.io): what `kubectl get` prints.
import type { KubeObject } from '../../resources/object.ts'
import type { KindDefinition } from '../kind.ts'
import { partialObject } from './partial-object.ts'

export interface TableOptions {
  readonly version: 'v1' | 'v1beta1'
  /** What each row carries besides its cells. */
  readonly includeObject: 'None' | 'Metadata' | 'Object'
  /** Ms since the epoch, for ages. */
  readonly now: number
}

/** A table of objects. `stored` are in storage form and make the cells, `shown` are the same in the request's face. Columns can be left out (watch events after the first). */
export function table(
  kind: KindDefinition,
  objects: readonly { readonly stored: KubeObject; readonly shown: KubeObject }[],
  metadata: object,
  options: TableOptions,
  withColumns = true,
): Record<string, unknown> {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata,
    columnDefinitions: withColumns ? kind.table.columns.map((column) => ({ format: '', ...column })) : null,
    rows: objects.map(({ stored, shown }) => ({
      cells: kind.table.cells(stored, options.now),
      ...(options.includeObject === 'None'
        ? { object: null }
        : {
            object: options.includeObject === 'Object' ? shown : partialObject(shown, options.version),
          }),
    })),
  }
}
