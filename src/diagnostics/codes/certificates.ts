// SP02xx: secrets, certificates, keys, trust anchors.
import type { CodeEntry } from '../code-entry.ts'

export const certificateCodes = {
  SP0201: {
    severity: 'error',
    title: 'The secret does not exist',
    explanation:
      'A TLS setting names a secret that is in none of the places it is looked up in. The chain that needs it refuses its handshakes.',
    fix: 'Create the secret in the namespace named in the message.',
  },
  SP0202: {
    severity: 'error',
    title: 'The secret lacks a key',
    explanation:
      'The secret exists but has none of the data keys that hold the certificate, key or trust anchor.',
    fix: 'Add the data key named in the message.',
  },
  SP0203: {
    severity: 'error',
    title: 'Certificate or key cannot be parsed',
    explanation: 'The bytes under this data key are not PEM of the kind expected.',
    fix: 'Store PEM under the key named in the message.',
  },
  SP0204: {
    severity: 'error',
    title: 'Private key and certificate do not belong together',
    explanation:
      'The public key in the certificate is not that of the private key. The chain refuses its handshakes.',
    fix: 'Store the certificate and the key from the same issuance.',
  },
  SP0205: {
    severity: 'error',
    title: 'The certificate has expired or is not yet valid',
    explanation: 'Peers refuse a certificate outside of its validity period.',
    fix: 'Renew the certificate and store it in the secret.',
  },
  SP0206: {
    severity: 'error',
    title: 'No mesh certificate yet',
    explanation:
      'The mesh CA has not issued a certificate for this service account. Connections that need it are refused until it has.',
    fix: 'Wait a moment; if it stays, look at the issuer in the log.',
  },
} satisfies Record<string, CodeEntry>
