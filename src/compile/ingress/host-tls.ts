// Which certificate a host of an Ingress has: the spec.tls entry that names it, and the secret of that entry.

import type { Origin } from '../../diagnostics/origin.ts'
import type { CertificateRef } from '../../ir/certificate.ts'
import type { Ingress, IngressTls } from '../../resources/ingress.ts'
import type { Resource } from '../../resources/snapshot.ts'
import type { Read } from '../graph/query.ts'
import { type Problem, readKeyPair } from '../tls/credential.ts'
import { albEvents } from './events.ts'
import type { Report } from './report.ts'
import { lookUpSecret } from './secret-lookup.ts'

export type HostTls =
  | { readonly certificate: CertificateRef; readonly origin: Origin }
  | { readonly refuse: Problem; readonly origin: Origin }

/** `*.a.b` covers one label, as in a certificate. */
function covers(pattern: string, host: string): boolean {
  if (pattern === host) return true
  return (
    pattern.startsWith('*.') && !host.startsWith('*') && host.slice(host.indexOf('.')) === pattern.slice(1)
  )
}

const names = (entry: IngressTls, host: string): boolean =>
  entry.hosts === undefined ||
  entry.hosts.length === 0 ||
  entry.hosts.some((one) => covers(one.toLowerCase(), host))

function readEntry(
  read: Read,
  namespace: string,
  entry: IngressTls,
  field: string,
  origin: Origin,
  report: Report,
): HostTls & { missing?: Problem } {
  const secret = entry.secretName
  if (secret === undefined || secret === '') {
    const refuse: Problem = { code: 'SP0201', message: 'The tls entry names no secret.' }
    report.problem(refuse, field)
    return { refuse, origin }
  }
  const found = lookUpSecret(read, namespace, secret)
  if ('code' in found) {
    report.problem(found, `${field}.secretName`, albEvents.tlsSecretNotFound(found.message))
    return { refuse: found, missing: found, origin }
  }
  const pair = readKeyPair(read, found, [['tls.crt', 'tls.key']], `kubernetes://${found.key}`)
  if ('value' in pair) return { certificate: pair.value, origin }
  const { problem } = pair
  const event =
    problem.code !== 'SP0202'
      ? { type: 'Warning' as const, reason: problem.code, message: problem.message }
      : found.pem.has('tls.crt')
        ? albEvents.tlsKeyNotPresent(problem.message)
        : albEvents.tlsCrtNotPresent(problem.message)
  report.problem(problem, `${field}.secretName`, event)
  return { refuse: problem, origin }
}

export interface IngressCertificates {
  /** The TLS of a host; undefined: the host is served on plain HTTP only. */
  readonly of: (host: string) => HostTls | undefined
  /** A secret that is nowhere: the whole Ingress is not applied (E0001). */
  readonly missing?: Problem
}

/** Reads all spec.tls entries once; findings go to the report. */
export function readHostTls(read: Read, ingress: Resource<Ingress>, report: Report): IngressCertificates {
  const namespace = ingress.object.metadata.namespace ?? ''
  const entries = (ingress.object.spec?.tls ?? []).map((entry, index) => ({
    entry,
    outcome: readEntry(
      read,
      namespace,
      entry,
      `spec.tls[${index}]`,
      ingress.origin(`spec.tls[${index}]`),
      report,
    ),
  }))
  const missing = entries.find(({ outcome }) => outcome.missing !== undefined)?.outcome.missing
  return {
    of: (host) => entries.find(({ entry }) => names(entry, host))?.outcome,
    ...(missing === undefined ? {} : { missing }),
  }
}
