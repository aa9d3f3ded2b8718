// mutual-auth made real: from the annotation and its secret to the client verification of a port (iks.md 1.2).
import type { DownstreamTls } from '../../ir/tls.ts'
import type { Read } from '../graph/query.ts'
import { named } from '../text.ts'
import { type Problem, readTrust } from '../tls/credential.ts'
import { ALB_PREFIX } from './annotations/annotation.ts'
import { annotationField } from './annotations/read-annotations.ts'
import { albEvents } from './events.ts'
import type { Report } from './report.ts'
import { lookUpSecret } from './secret-lookup.ts'
import type { IngressSettings } from './settings.ts'

/** nginx ssl_verify_depth as the ALB sets it. */
const DEPTH = 5

/** What clients must show at a port, or why nobody may come in there. */
export type ClientAuth = { readonly port: number } & (
  | { readonly clientCertificate: DownstreamTls['clientCertificate'] }
  | { readonly refuse: Problem }
)

export interface ClientAuths {
  readonly ports: readonly ClientAuth[]
  /** A secret that is nowhere: the whole Ingress is not applied (E0003). */
  readonly missing?: Problem
}

/** Reads all entries of mutual-auth; findings go to the report. */
export function readClientAuth(
  read: Read,
  namespace: string,
  settings: IngressSettings,
  report: Report,
): ClientAuths {
  const field = annotationField(`${ALB_PREFIX}mutual-auth`)
  const ports: ClientAuth[] = []
  let missing: Problem | undefined
  for (const { port, secret } of settings.mutualAuth ?? []) {
    const found = lookUpSecret(read, namespace, secret)
    if ('code' in found) {
      missing = found
      report.problem(found, field, albEvents.mutualAuthSecretNotFound(found.message))
      continue
    }
    if (!found.pem.has('ca.crt') && found.pem.has('tls.crt')) {
      const message = `${named('Secret', found.key)} has no ca.crt: the certificate under tls.crt is trusted as CA.`
      report.add('SP0202', field, message, { severity: 'warning' }, albEvents.mutualAuthCaNotFound)
    }
    const trust = readTrust(
      read,
      found,
      [{ roots: 'ca.crt' }, { roots: 'tls.crt' }],
      `kubernetes://${found.key}`,
    )
    if ('problem' in trust) {
      report.problem(trust.problem, field, albEvents.mutualAuthCrtNotFound(trust.problem.message))
      ports.push({ port, refuse: trust.problem })
    } else
      ports.push({
        port,
        clientCertificate: { mode: 'require', verify: { trust: trust.value, depth: DEPTH } },
      })
  }
  return { ports, ...(missing === undefined ? {} : { missing }) }
}
