// Nothing is accepted and then ignored: what of an object is stored but not acted on, as kubectl is told at admission and as findings say later.
import { type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts'
import type { Ingress } from '../resources/ingress.ts'
import { INGRESS } from '../resources/kinds.ts'
import { type KubeObject, parseApiVersion } from '../resources/object.ts'
import type { Resource } from '../resources/snapshot.ts'
import { readAnnotations } from './ingress/annotations/read-annotations.ts'
import { createReport } from './ingress/report.ts'
import { refusalsOf } from './security/refusals.ts'
import { supportOf } from './support/all.ts'
import { foreignKinds } from './support/foreign.ts'
import { uncovered } from './support/uncovered.ts'

function kindFindings({ object, origin }: Resource): readonly Diagnostic[] {
  const { group } = parseApiVersion(object.apiVersion)
  const kind = foreignKinds.find((one) => one.kind === object.kind && one.group === group)
  if (kind === undefined) return []
  return kind.security
    ? [diagnostic('SP0601', origin(''), `${object.kind} is not enforced here, so it cannot be accepted.`)]
    : [diagnostic('SP0108', origin(''), `Nothing acts on ${object.kind} (${object.apiVersion}).`)]
}

function annotationFindings(resource: Resource<Ingress>): readonly Diagnostic[] {
  const report = createReport(resource)
  readAnnotations(resource, report)
  return report.diagnostics
}

const isKind = (object: KubeObject, kind: { readonly kind: string; readonly group: string }): boolean =>
  object.kind === kind.kind && object.apiVersion.startsWith(`${kind.group}/`)

/** What of this object nothing acts on. Errors (SP0601) are reasons to refuse it; the rest are warnings. */
export function unsupported(resource: Resource): readonly Diagnostic[] {
  const { object, origin } = resource
  const support = supportOf(object)
  if (support === undefined) return kindFindings(resource)
  const refusals = refusalsOf(object)
  const refused = new Set(refusals.map((one) => one.field))
  return [
    ...refusals.map(({ field, message }) => diagnostic('SP0601', origin(field), message)),
    ...uncovered(object, support)
      .filter(
        ({ field }) =>
          ![...refused].some((one) => one === field || one.startsWith(`${field}.`) || field.startsWith(one)),
      )
      .map(({ field, note }) =>
        diagnostic(
          'SP0104',
          origin(field),
          `${field} is not acted on.${note === undefined ? '' : ` ${note}`}`,
        ),
      ),
    ...(isKind(object, INGRESS) ? annotationFindings(resource as Resource<Ingress>) : []),
  ]
}
