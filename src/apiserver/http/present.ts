// From stored objects to what a client asked to see: its version of the kind, whole, as metadata only, or as a table.
import { apiVersionOf, type KubeObject } from '../../resources/object.ts'
import { show } from '../pipeline/faces.ts'
import type { Page } from '../pipeline/read.ts'
import type { Target } from '../pipeline/request.ts'
import { partialObject } from '../table/partial-object.ts'
import { type TableOptions, table } from '../table/table.ts'
import type { Format } from './negotiate.ts'

export interface Presentation {
  readonly target: Pick<Target, 'kind' | 'face'>
  readonly format: Format
  readonly includeObject: TableOptions['includeObject']
  /** Ms since the epoch. */
  readonly now: number
}

/** One object as the body of an answer. */
export function presentObject(how: Presentation, stored: KubeObject): object {
  const { kind, face } = how.target
  const shown = show(kind, face, stored)
  switch (how.format.as) {
    case 'Table':
      return tableOf(how, [stored], { resourceVersion: stored.metadata.resourceVersion })
    case 'PartialObjectMetadata':
      return partialObject(shown, how.format.version)
    default:
      return shown
  }
}

/** A list as the body of an answer. */
export function presentList(how: Presentation, page: Page): object {
  const { kind, face } = how.target
  const metadata = {
    resourceVersion: page.resourceVersion,
    ...(page.continue === undefined ? {} : { continue: page.continue }),
    ...(page.remainingItemCount === undefined ? {} : { remainingItemCount: page.remainingItemCount }),
  }
  if (how.format.as === 'Table') return tableOf(how, page.items, metadata)
  const items = page.items.map((stored) => show(kind, face, stored))
  if (how.format.as) {
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: `meta.k8s.io/${how.format.version ?? 'v1'}`,
      metadata,
      items: items.map((item) => partialObject(item, how.format.version)),
    }
  }
  return { kind: kind.listKind, apiVersion: apiVersionOf(face), metadata, items }
}

/** A watch event's object. Only the first table of a stream says what its columns are. */
export function presentEvent(how: Presentation, stored: KubeObject, first: boolean): object {
  if (how.format.as !== 'Table') return presentObject(how, stored)
  return tableOf(how, [stored], { resourceVersion: stored.metadata.resourceVersion }, first)
}

/** A bookmark's object: kind, version and revision, and the mark that ends a watch-list. */
export function presentBookmark(how: Presentation, resourceVersion: string, initialEnd: boolean): object {
  const { kind, face } = how.target
  const metadata = {
    resourceVersion,
    creationTimestamp: null,
    ...(initialEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
  }
  if (how.format.as === 'Table') {
    const bookmark = {
      kind: kind.ref.kind,
      apiVersion: apiVersionOf(face),
      metadata,
    } as unknown as KubeObject
    return { ...tableOf(how, [], { resourceVersion }, false), rows: [{ cells: [], object: bookmark }] }
  }
  if (how.format.as) {
    return {
      kind: 'PartialObjectMetadata',
      apiVersion: `meta.k8s.io/${how.format.version ?? 'v1'}`,
      metadata,
    }
  }
  return { kind: kind.ref.kind, apiVersion: apiVersionOf(face), metadata }
}

function tableOf(how: Presentation, items: readonly KubeObject[], metadata: object, columns = true): object {
  const { kind, face } = how.target
  const rows = items.map((stored) => ({ stored, shown: show(kind, face, stored) }))
  return table(
    kind,
    rows,
    metadata,
    { version: how.format.version ?? 'v1', includeObject: how.includeObject, now: how.now },
    columns,
  )
}
