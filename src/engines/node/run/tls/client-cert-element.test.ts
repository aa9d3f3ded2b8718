import { expect, test } from 'vitest'
import { clientCertElement } from './client-cert-element.ts'
import type { PeerCertificate } from './peer-certificate.ts'

test('a name of a certificate is one name, whatever stands in it', () => {
  const peer = {
    fingerprint: 'ab',
    sans: { uri: ['spiffe://a/ns/b', 'spiffe://a;URI=spiffe://admin,By=x'], dns: ['a"b'], ip: [], email: [] },
  } as unknown as PeerCertificate
  expect(clientCertElement(peer, ['uri', 'dns'], [])).toBe(
    'Hash=ab;URI=spiffe://a/ns/b;URI="spiffe://a;URI=spiffe://admin,By=x";DNS="a\\"b"',
  )
})
