// All objects of a kind, page by page, at the version that the cluster serves.
import type { KindRef, KubeObject } from '../../resources/object.ts'
import type { ClusterAccess } from './access.ts'
import { ask, Refused } from './ask.ts'
import { mayBeHidden, pathsOf } from './kinds.ts'

const PAGE = 500

interface Page {
  readonly items?: readonly KubeObject[]
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string }
}

/** What a kind had at one moment. */
export interface Listed {
  readonly items: readonly KubeObject[]
  /** Where a watch goes on from here. */
  readonly path: string
  readonly resourceVersion: string
}

/** The objects of a kind; undefined when the cluster does not serve it. Throws for any other answer. */
export async function listKind(
  access: ClusterAccess,
  kind: KindRef,
  signal?: AbortSignal,
): Promise<Listed | undefined> {
  for (const path of pathsOf(kind)) {
    const listed = await listAt(access, path, kind, signal)
    if (listed) return listed
  }
  return undefined
}

async function listAt(
  access: ClusterAccess,
  path: string,
  kind: KindRef,
  signal: AbortSignal | undefined,
): Promise<Listed | undefined> {
  const found: KubeObject[] = []
  let more = ''
  let resourceVersion = ''
  do {
    try {
      const page = await ask<Page>(
        access,
        `${path}?limit=${PAGE}${more}`,
        `${kind.plural} are listed`,
        signal,
      )
      found.push(...(page.items ?? []))
      resourceVersion = page.metadata?.resourceVersion ?? ''
      const token = page.metadata?.continue
      more = token ? `&continue=${encodeURIComponent(token)}` : ''
    } catch (error) {
      const status = error instanceof Refused ? error.status : undefined
      if (status === 404 || (status === 403 && mayBeHidden(kind))) return undefined
      throw error
    }
  } while (more !== '')
  return { items: found, path, resourceVersion }
}
