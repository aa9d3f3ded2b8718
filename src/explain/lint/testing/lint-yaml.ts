// Lints YAML as the command does: read, expanded, compiled.
import { createCompiler } from '../../../compile/compile.ts'
import { identitiesFor, snapshotOf } from '../../../compile/testing/snapshots.ts'
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts'
import type { Resource } from '../../../resources/snapshot.ts'
import { expand } from '../../../sources/files/expand/expand.ts'
import { parseObjects } from '../../../sources/files/parse.ts'
import { lint } from '../lint.ts'

const identities = identitiesFor([
  'shop/default',
  'istio-system/istio-ingressgateway-service-account',
  'istio-system/default',
])

/** The findings on these resources, expanded or not. */
export function lintResources(
  resources: readonly Resource[],
  diagnostics: readonly Diagnostic[] = [],
): readonly Diagnostic[] {
  const snapshot = snapshotOf(resources, identities)
  const compiled = createCompiler().compile(snapshot)
  return lint({ snapshot, model: compiled.model, diagnostics: [...diagnostics, ...compiled.diagnostics] })
}

/** The findings on a text, with secrets beside it. */
export function lintYaml(text: string, secrets: readonly Resource[] = []): readonly Diagnostic[] {
  const parsed = parseObjects(text, 'in.yaml')
  return lintResources(expand([...parsed.resources, ...secrets]), parsed.diagnostics)
}
