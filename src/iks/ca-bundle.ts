// The trust of commands inside the cluster: the cluster's anchors beside those of the system.
import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'

/** Where systems keep their anchors as one PEM file: Debian, Fedora, SUSE, Alpine and macOS, FreeBSD. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
  '/usr/local/etc/ssl/cert.pem',
]

export interface CaBundle {
  readonly pem: string
  /** The system's file that it extends, if there is one. */
  readonly extends?: string
}

/** PEM of `anchors`, then of the first system bundle that there is (Node's own list when there is none). */
export async function caBundle(
  anchors: readonly string[],
  bundles: readonly string[] = SYSTEM_BUNDLES,
): Promise<CaBundle> {
  for (const file of bundles) {
    const system = await readFile(file, 'utf8').catch(() => '')
    if (system.includes('-----BEGIN CERTIFICATE-----'))
      return { pem: [...anchors, system].join('\n'), extends: file }
  }
  return { pem: [...anchors, ...rootCertificates, ''].join('\n') }
}
