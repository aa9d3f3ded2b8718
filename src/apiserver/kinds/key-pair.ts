// Whether a certificate and a private key in PEM belong together, in the words of Go's tls.X509KeyPair: the API warns with them.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

/** What is wrong with a pair, or undefined. Empty texts are wrong too. */
export function keyPairProblem(certificatePem: string, keyPem: string): string | undefined {
  const certificateTypes = pemTypes(certificatePem)
  if (!certificateTypes.includes('CERTIFICATE')) return noCertificate(certificateTypes)
  const keyTypes = pemTypes(keyPem)
  if (!keyTypes.some(isKeyType)) return noKey(keyTypes)
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(certificatePem.slice(certificatePem.indexOf('-----BEGIN CERTIFICATE')))
  } catch {
    return 'x509: malformed certificate'
  }
  let key: KeyObject
  try {
    key = createPrivateKey(keyPem)
  } catch {
    return 'tls: failed to parse private key'
  }
  if (key.asymmetricKeyType !== certificate.publicKey.asymmetricKeyType) {
    return 'tls: private key type does not match public key type'
  }
  return certificate.checkPrivateKey(key) ? undefined : 'tls: private key does not match public key'
}

const isKeyType = (type: string): boolean => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY')

function pemTypes(pem: string): string[] {
  const blocks = pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g)
  return [...blocks].map(([, type = '']) => type)
}

function noCertificate(types: readonly string[]): string {
  if (types.length === 0) return 'tls: failed to find any PEM data in certificate input'
  if (types.length === 1 && types.some(isKeyType)) {
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'
  }
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${types.join(' ')}]`
}

function noKey(types: readonly string[]): string {
  if (types.length === 0) return 'tls: failed to find any PEM data in key input'
  if (types.length === 1 && types[0] === 'CERTIFICATE') {
    return 'tls: found a certificate rather than a key in the PEM for the private key'
  }
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${types.join(' ')}]`
}
