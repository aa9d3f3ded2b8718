// All annotations of one Ingress: readers run, faults become findings, unknown and unsupported names are reported with what was probably meant.
import type { Ingress } from '../../../resources/ingress.ts'
import type { Resource } from '../../../resources/snapshot.ts'
import { closest } from '../../closest.ts'
import { albEvents } from '../events.ts'
import type { Report } from '../report.ts'
import { type Contribution, combine, type Settings } from '../settings.ts'
import { ALB_PREFIX } from './annotation.ts'
import { annotations } from './index.gen.ts'
import { unsupportedAnnotations } from './unsupported.ts'

/** The field path of an annotation, as kubectl prints it. */
export const annotationField = (key: string): string => `metadata.annotations[${key}]`

const COMMUNITY_PREFIX = 'nginx.ingress.kubernetes.io/'
const byName = new Map(annotations.map((one) => [one.name, one]))
const knownNames = [...byName.keys(), ...unsupportedAnnotations]

/** What is wrong with an annotation key that no reader takes; undefined when it is none of ours. */
export function unreadAnnotation(
  key: string,
): { readonly code: 'SP0301' | 'SP0303'; readonly message: string; readonly advice?: string } | undefined {
  if (key.startsWith(COMMUNITY_PREFIX)) {
    return {
      code: 'SP0303',
      message: `${key} belongs to the community Ingress controller; this load balancer does not act on it.`,
    }
  }
  if (!key.startsWith(ALB_PREFIX)) return undefined
  const name = key.slice(ALB_PREFIX.length)
  if (byName.has(name)) return undefined
  if (unsupportedAnnotations.includes(name)) {
    return { code: 'SP0303', message: `${key} is known but not supported; nothing acts on it.` }
  }
  const meant = closest(name, knownNames)
  return {
    code: 'SP0301',
    message: `${key} is not an annotation of this load balancer; nothing acts on it.`,
    ...(meant === undefined ? {} : { advice: `Did you mean ${ALB_PREFIX}${meant}?` }),
  }
}

function readOne(key: string, text: string, report: Report): Contribution | undefined {
  const reader = key.startsWith(ALB_PREFIX) ? byName.get(key.slice(ALB_PREFIX.length)) : undefined
  if (reader === undefined) {
    const finding = unreadAnnotation(key)
    if (finding !== undefined) {
      const extra = finding.advice === undefined ? {} : { advice: finding.advice }
      report.add(finding.code, annotationField(key), finding.message, extra)
    }
    return undefined
  }
  const contribution = reader.read(text)
  for (const fault of contribution.faults) {
    const severity = fault.severity ?? 'error'
    report.add(
      'SP0302',
      annotationField(key),
      `${key}: ${fault.message}`,
      {
        severity,
        advice: fault.advice ?? `Write ${reader.syntax.replaceAll('\n', ' ')}`,
        ...(fault.fix === undefined ? {} : { fix: { field: annotationField(key), value: fault.fix } }),
      },
      severity === 'error' ? albEvents.annotationError(key, fault.message) : undefined,
    )
  }
  return contribution
}

/** What the annotations of an Ingress ask for; their faults go to the report. */
export function readAnnotations(ingress: Resource<Ingress>, report: Report): Settings {
  const all = Object.entries(ingress.object.metadata.annotations ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return combine(all.flatMap(([key, text]) => readOne(key, text, report) ?? []))
}
