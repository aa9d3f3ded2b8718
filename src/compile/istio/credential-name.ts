// credentialName: where a gateway finds its key pair and its client CA, and under which data keys (istio.md 1).
import type { CertificateRef, TrustRef } from '../../ir/certificate.ts'
import type { Read } from '../graph/query.ts'
import { named } from '../text.ts'
import {
  type Credential,
  type Holder,
  missing,
  type Problem,
  readHolder,
  readKeyPair,
  readTrust,
} from '../tls/credential.ts'

const CA_SUFFIX = '-cacert'
/** `cacert` before `ca.crt`, each with the key of its revocation list. */
const CA_KEYS = [
  { roots: 'cacert', crl: 'crl' },
  { roots: 'ca.crt', crl: 'ca.crl' },
]

/** The key of the secret that a credentialName means to a gateway pod of this namespace; other namespaces are refused. */
function keyOfCredential(namespace: string, credentialName: string): string | Problem {
  const name = credentialName.replace(/^kubernetes:\/\//, '')
  if (/^[a-z]+:\/\//.test(name)) {
    return {
      code: 'SP0404',
      message: `credentialName ${credentialName} names a source that is not supported.`,
    }
  }
  const slash = name.indexOf('/')
  if (slash < 0) return `${namespace}/${name}`
  if (name.slice(0, slash) === namespace) return name
  return {
    code: 'SP0404',
    message: `credentialName ${credentialName} is in another namespace than the gateway's pods (${namespace}).`,
  }
}

/** The secret of a credentialName. */
export function credentialHolder(read: Read, namespace: string, credentialName: string): Holder | Problem {
  const key = keyOfCredential(namespace, credentialName)
  if (typeof key !== 'string') return key
  return readHolder(read, 'Secret', key) ?? missing(read, 'Secret', key)
}

/** The server pair of a secret: `cert` and `key` before `tls.crt` and `tls.key`. */
export function credentialPair(read: Read, holder: Holder): Credential<CertificateRef> {
  const pairs = [
    ['cert', 'key'],
    ['tls.crt', 'tls.key'],
  ] as const
  return readKeyPair(read, holder, pairs, `kubernetes://${holder.key}`)
}

/** The client CA of a credentialName: `<name>-cacert` alone if it exists, else the secret itself. */
export function credentialCa(read: Read, namespace: string, credentialName: string): Credential<TrustRef> {
  const key = keyOfCredential(namespace, credentialName)
  if (typeof key !== 'string') return { problem: key }
  const suffixed = key.endsWith(CA_SUFFIX) ? key : `${key}${CA_SUFFIX}`
  const holder = readHolder(read, 'Secret', suffixed) ?? readHolder(read, 'Secret', key)
  if (holder === undefined) {
    return {
      problem: {
        code: 'SP0201',
        message: `Neither ${named('Secret', suffixed)} nor ${named('Secret', key)} exists.`,
      },
    }
  }
  return readTrust(read, holder, CA_KEYS, `kubernetes://${suffixed}`)
}

/** An explicit CA source: a `-cacert` secret by name, or `configmap://namespace/name`. */
export function explicitCa(read: Read, namespace: string, source: string): Credential<TrustRef> {
  const configMap = /^configmap:\/\/(.+\/.+)$/.exec(source)?.[1]
  if (configMap !== undefined) {
    const holder = readHolder(read, 'ConfigMap', configMap)
    return holder === undefined
      ? { problem: missing(read, 'ConfigMap', configMap) }
      : readTrust(read, holder, CA_KEYS, source)
  }
  const key = keyOfCredential(namespace, source)
  if (typeof key !== 'string') return { problem: key }
  const holder = readHolder(read, 'Secret', key)
  return holder === undefined
    ? { problem: missing(read, 'Secret', key) }
    : readTrust(read, holder, CA_KEYS, `kubernetes://${key}`)
}
