// ssl-services made real: from an accepted entry and its secret to the TLS that the ALB speaks to the service (iks.md 1.1).
import type { CertificateRef } from '../../ir/certificate.ts'
import type { UpstreamTls } from '../../ir/tls.ts'
import type { Read } from '../graph/query.ts'
import { named } from '../text.ts'
import { type Holder, type Problem, readKeyPair, readTrust } from '../tls/credential.ts'
import { lookUpSecret } from './secret-lookup.ts'
import type { SslSetting } from './settings.ts'

export type UpstreamTlsResult =
  | { readonly tls: UpstreamTls; readonly remarks: readonly Problem[] }
  /** Requests to the service fail closed. */
  | { readonly refused: Problem }
  /** The secret is nowhere: the classic ALB does not apply the Ingress. */
  | { readonly missing: Problem }

const UNVERIFIED: UpstreamTls = { verify: 'off', alpn: [] }

/** Without proxy-ssl-name nginx verifies the upstream's name, which is the CN of the first certificate; `*` becomes the path without slashes. */
function nameFromTrust(holder: Holder, cn: string, path: string): string | Problem {
  const name = cn.replaceAll('*', path.replaceAll('/', ''))
  if (!/\s/.test(name)) return name
  return {
    code: 'SP0304',
    message: `${named('Secret', holder.key)}: the first certificate in trusted.crt has the common name "${cn}", which is no host name, and ssl-services has no proxy-ssl-name to verify instead.`,
  }
}

function clientPair(
  read: Read,
  holder: Holder,
): { value?: CertificateRef; remarks: readonly Problem[] } | Problem {
  const present = ['client.crt', 'client.key'].filter((key) => {
    const kind = holder.pem.get(key)?.content.kind
    return kind !== undefined && kind !== 'empty'
  })
  if (present.length === 0) return { remarks: [] }
  if (present.length === 1) {
    const message = `${named('Secret', holder.key)} has ${present[0]} but not its other half: no client certificate is presented.`
    return { remarks: [{ code: 'SP0202', message }] }
  }
  const name = `kubernetes://${holder.key}`
  const pair = readKeyPair(read, holder, [['client.crt', 'client.key']], name)
  return 'problem' in pair ? pair.problem : pair
}

function withSecret(
  read: Read,
  ssl: SslSetting & { kind: 'tls' },
  holder: Holder,
  path: string,
): UpstreamTlsResult {
  const trust = readTrust(read, holder, [{ roots: 'trusted.crt' }], `kubernetes://${holder.key}`)
  if ('problem' in trust) return { refused: trust.problem }
  const cn = trust.value.anchors[0]?.commonName ?? ''
  if (cn === '') {
    const message = `"Common Name" from ssl-secret "${ssl.secret}" cannot be empty.`
    return { refused: { code: 'SP0304', message } }
  }
  const name = ssl.name ?? nameFromTrust(holder, cn, path)
  if (typeof name !== 'string') return { refused: name }
  const client = clientPair(read, holder)
  if ('code' in client) return { refused: client }
  return {
    remarks: [...trust.remarks, ...client.remarks],
    tls: {
      ...(ssl.name === undefined ? {} : { sni: ssl.name }),
      verify: { trust: trust.value, names: [{ kind: 'dns', value: name }], depth: ssl.depth },
      ...(client.value === undefined ? {} : { certificate: client.value }),
      alpn: [],
    },
  }
}

/** The TLS for one location; `path` matters only where the verified name is made from it. */
export function upstreamTls(
  read: Read,
  namespace: string,
  ssl: SslSetting & { kind: 'tls' },
  path: string,
): UpstreamTlsResult {
  if (ssl.secret === undefined) return { tls: UNVERIFIED, remarks: [] }
  const found = lookUpSecret(read, namespace, ssl.secret)
  return 'code' in found ? { missing: found } : withSecret(read, ssl, found, path)
}
