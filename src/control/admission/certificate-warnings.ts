// Says at once, where kubectl shows it, that a Secret's certificate cannot work: expired, not yet valid, not PEM, or of another key.
import type { AdmissionPlugin } from '../../apiserver/kind.ts'
import type { PemFacts } from '../../ir/certificate.ts'
import { inspectPem } from '../../pki/inspect.ts'
import type { KubeObject } from '../../resources/object.ts'

/** Data keys that hold a certificate, with the key that belongs to it (IKS, Kubernetes and Istio names). */
const PAIRS = [
  ['tls.crt', 'tls.key'],
  ['client.crt', 'client.key'],
  ['cert', 'key'],
] as const
const ANCHORS = ['trusted.crt', 'ca.crt', 'cacert']

export const certificateWarnings: AdmissionPlugin = {
  name: 'certificate-warnings',
  kinds: ['Secret'],
  operations: ['create', 'update'],
  review: ({ object, context }) => ({ warnings: warningsOf(object, Date.parse(context.now)) }),
}

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}

/** One sentence per problem; `now` in ms since the epoch. */
export function warningsOf(secret: Secret, now: number): readonly string[] {
  const facts = (key: string): PemFacts['content'] | undefined => {
    const value = secret.data?.[key]
    return value === undefined ? undefined : inspectPem(Buffer.from(value, 'base64')).content
  }
  const pairs = PAIRS.flatMap(([certificateKey, privateKey]) => {
    const certificate = facts(certificateKey)
    const key = facts(privateKey)
    const problems = certificateProblems(certificateKey, certificate, now)
    if (certificate?.kind !== 'certificates') return problems
    if (key?.kind === 'private-key' && certificate.certificates[0]?.spki !== key.spki)
      return [
        ...problems,
        `data.${privateKey} is not the private key of the certificate in data.${certificateKey}`,
      ]
    if (key && key.kind !== 'private-key')
      return [...problems, `data.${privateKey} holds no private key in PEM`]
    return problems
  })
  return [...pairs, ...ANCHORS.flatMap((key) => certificateProblems(key, facts(key), now))]
}

function certificateProblems(
  key: string,
  content: PemFacts['content'] | undefined,
  now: number,
): readonly string[] {
  if (!content) return []
  if (content.kind === 'invalid') return [`data.${key} cannot be read: ${content.problem}`]
  if (content.kind !== 'certificates') return [`data.${key} holds no certificate in PEM`]
  return content.certificates.flatMap((certificate) => {
    const name = certificate.subject || certificate.sans.dns[0] || 'a certificate'
    if (certificate.notAfter < now)
      return [`data.${key}: ${name} has expired on ${new Date(certificate.notAfter).toISOString()}`]
    if (certificate.notBefore > now)
      return [`data.${key}: ${name} is not valid before ${new Date(certificate.notBefore).toISOString()}`]
    return []
  })
}
