// Writes a domain's certificate into its secrets.
import type { ApiClient } from '../apiserver/client.ts'
import { SECRET } from '../resources/kinds.ts'
import type { Secret } from '../resources/secret.ts'
import type { CertificatePair } from './certificate-pair.ts'

/** Says that the provider made a secret (iks.md 3). */
export const CERT_SOURCE = { 'ingress.cloud.ibm.com/cert-source': 'ibm' } as const

export interface SecretPlace {
  readonly namespace: string
  readonly name: string
}

/** Makes the secret hold the pair, in one write; other keys and labels that users added stay. True when a write was needed. */
export async function writeCertificateSecret(
  api: ApiClient,
  place: SecretPlace,
  pair: CertificatePair,
  found: Secret | undefined,
): Promise<boolean> {
  const data = { 'tls.crt': base64(pair.chain), 'tls.key': base64(pair.key) }
  if (found === undefined) {
    await api.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...place, annotations: CERT_SOURCE },
      type: 'kubernetes.io/tls',
      data,
    } as Secret)
    return true
  }
  const marked = Object.entries(CERT_SOURCE).every(
    ([key, value]) => found.metadata.annotations?.[key] === value,
  )
  if (marked && found.data?.['tls.crt'] === data['tls.crt'] && found.data['tls.key'] === data['tls.key'])
    return false
  await api.update({
    ...found,
    metadata: { ...found.metadata, annotations: { ...found.metadata.annotations, ...CERT_SOURCE } },
    data: { ...found.data, ...data },
  } as Secret)
  return true
}

/** Deletes a secret if the provider made it. */
export async function removeCertificateSecret(api: ApiClient, place: SecretPlace): Promise<void> {
  const found = await api.get<Secret>(SECRET, place.name, place.namespace)
  const own = Object.entries(CERT_SOURCE).every(
    ([key, value]) => found?.metadata.annotations?.[key] === value,
  )
  if (found !== undefined && own) await api.delete(SECRET, place.name, place.namespace)
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
