// SP02xx: secrets, certificates, keys, trust anchors.
import type { CodeEntry } from '../code-entry.ts'

export const certificateCodes = {
  SP0201: {
    severity: 'error',
    title: 'The secret does not exist',
    explanation:
      'A TLS setting names a secret that is in none of the places it is looked up in. The chain that needs it refuses its handshakes.',
    fix: 'Create the secret in the namespace named in the message.',
    istio: ['IST0101'],
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
    istio: ['IST0161'],
  },
  SP0204: {
    severity: 'error',
    title: 'Private key and certificate do not belong together',
    explanation:
      'The public key in the certificate is not that of the private key. The chain refuses its handshakes.',
    fix: 'Store the certificate and the key from the same issuance.',
    istio: ['IST0161'],
  },
  SP0205: {
    severity: 'error',
    title: 'The certificate has expired or is not yet valid',
    explanation: 'Peers refuse a certificate outside of its validity period.',
    fix: 'Renew the certificate and store it in the secret.',
    istio: ['IST0161'],
  },
  SP0206: {
    severity: 'error',
    title: 'No mesh certificate yet',
    explanation:
      'The mesh CA has not issued a certificate for this service account. Connections that need it are refused until it has.',
    fix: 'Wait a moment; if it stays, look at the issuer in the log.',
  },
  SP0207: {
    severity: 'warning',
    title: 'The certificate does not have the name of the host',
    explanation:
      'A host is served with a certificate that none of its names covers, so clients that check the name refuse the connection.',
    fix: 'Issue the certificate for this host too, or serve the host with another secret.',
  },
  SP0208: {
    severity: 'warning',
    title: 'The certificate expires soon',
    explanation:
      'The certificate, or the trust anchor, is near the end of its validity. From then on every handshake that needs it fails.',
    fix: 'Renew it now and store it in the secret.',
  },
  SP0209: {
    severity: 'warning',
    title: 'The secret holds an old copy',
    explanation:
      'Another secret holds a newer certificate for the same names from the same issuer. Copies made by hand are not renewed with their original and stop working when they expire.',
    fix: 'Copy the values again from the secret named in the message.',
  },
  SP0210: {
    severity: 'warning',
    title: 'Anybody with a certificate of a public CA is let in',
    explanation:
      'Client certificates are verified against a CA that issues certificates to everybody, and no name or pin says which of them are meant.',
    fix: 'Pin the client: list its names under tls.subjectAltNames, or trust a private CA instead.',
  },
  SP0211: {
    severity: 'warning',
    title: 'Two client CAs compete',
    explanation:
      'Both the -cacert secret and the secret of the credential hold a client CA, and they differ. Current Istio takes the -cacert secret, older releases take the other one.',
    fix: 'Remove ca.crt from the secret of the credential, or make both the same.',
  },
  SP0212: {
    severity: 'warning',
    title: 'The client CA is the issuer of the server certificate',
    explanation:
      'There is no -cacert secret, so ca.crt of the credential itself decides which clients are let in. cert-manager writes the issuer of the server certificate there, which nobody chose as a client CA.',
    fix: 'Create the secret <credentialName>-cacert with the CA of the clients.',
  },
  SP0213: {
    severity: 'error',
    title: 'The revocation list does not cover every CA',
    explanation:
      'With a revocation list present, every CA of a chain needs one. A client whose CA has none is refused, revoked or not.',
    fix: 'Add the revocation list of each CA, or remove the list.',
  },
  SP0214: {
    severity: 'error',
    title: 'The revocation list is out of date',
    explanation: 'The list should have been replaced by now; verification against it fails.',
    fix: 'Store the current list of the CA.',
  },
  SP0215: {
    severity: 'error',
    title: 'The client certificate may not be used by a client',
    explanation:
      'The certificate lists its usages and clientAuth is not among them. Public CAs no longer put it into server certificates. A peer that verifies clients refuses it.',
    fix: 'Present a certificate that was issued for clientAuth, for example of a private CA.',
  },
} satisfies Record<string, CodeEntry>
