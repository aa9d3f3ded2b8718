import { expect, test } from 'vitest'
import { failureKind } from './handshake-counts.ts'

test.each([
  ['not a TLS connection', 'not_tls'],
  ['peer did not return a certificate', 'no_certificate'],
  ['certificate has expired', 'expired'],
  ['CERT_HAS_EXPIRED', 'expired'],
  ['certificate is not yet valid', 'expired'],
  ['CERT_REVOKED', 'revoked'],
  ['UNABLE_TO_GET_CRL', 'revoked'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'untrusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'untrusted'],
  ['INVALID_PURPOSE', 'untrusted'],
  ['certificate chain is deeper than 2', 'untrusted'],
  ['tlsv1 alert unknown ca', 'untrusted'],
  ['certificate has none of the names spiffe://a', 'wrong_name'],
  ['certificate is not one of those pinned', 'not_pinned'],
  ['TLS handshake timeout', 'timeout'],
  ['connection closed during the handshake', 'closed'],
  ['unsupported protocol', 'protocol'],
  ['no shared cipher', 'protocol'],
])('%s is %s', (reason, kind) => {
  expect(failureKind(reason)).toBe(kind)
})
