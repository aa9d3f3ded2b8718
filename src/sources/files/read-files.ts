// Files and folders of manifests from disk.
import { readFile } from 'node:fs/promises'
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Resource } from '../../resources/snapshot.ts'
import { manifestFiles } from './manifest-files.ts'
import { parseObjects } from './parse.ts'

export interface FilesRead {
  readonly resources: readonly Resource[]
  readonly diagnostics: readonly Diagnostic[]
  /** The files that were read, with their text: for frames under diagnostics. */
  readonly texts: ReadonlyMap<string, string>
}

const keyOf = ({ object }: Resource): string =>
  `${object.kind} ${object.apiVersion.split('/')[0]} ${object.metadata.namespace ?? ''}/${object.metadata.name}`

/** An object that is there twice: the later one counts, as with kubectl apply. */
export function withoutDuplicates(resources: readonly Resource[]): {
  readonly resources: readonly Resource[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const byKey = new Map<string, Resource>()
  const diagnostics: Diagnostic[] = []
  for (const resource of resources) {
    const earlier = byKey.get(keyOf(resource))
    if (earlier !== undefined) {
      const { kind, metadata } = resource.object
      diagnostics.push(
        diagnostic(
          'SP0107',
          resource.origin(''),
          `${kind} ${metadata.name} is defined twice; this one counts.`,
          {
            related: [{ message: 'The earlier definition.', origin: earlier.origin('') }],
          },
        ),
      )
    }
    byKey.set(keyOf(resource), resource)
  }
  return { resources: [...byKey.values()], diagnostics }
}

/** Reads all manifests under the given paths. Throws when a path cannot be read; what is in the files never throws. */
export async function readFiles(paths: readonly string[], defaultNamespace?: string): Promise<FilesRead> {
  const files = await manifestFiles(paths)
  const texts = new Map(
    await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)),
  )
  const parts = [...texts].map(([file, text]) => parseObjects(text, file, defaultNamespace))
  const unique = withoutDuplicates(parts.flatMap((part) => part.resources))
  return {
    resources: unique.resources,
    diagnostics: [...parts.flatMap((part) => part.diagnostics), ...unique.diagnostics],
    texts,
  }
}
