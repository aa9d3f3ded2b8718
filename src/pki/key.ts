// Private keys: ECDSA P-256, PKCS #8 PEM.
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'

/** A new P-256 private key. */
export function generateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

/** The key as PKCS #8 PEM. */
export function keyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** The DER SubjectPublicKeyInfo of a private or public key. */
export function spkiOf(key: KeyObject): Buffer {
  return (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' })
}

/** Base64 SHA-256 of a DER SubjectPublicKeyInfo. */
export function spkiDigest(spki: Uint8Array): string {
  return createHash('sha256').update(spki).digest('base64')
}
