// The control plane's side of mutual TLS: a certificate that can be renewed while the port is open. Connections that are there keep theirs.
import type { SecureContextOptions } from 'node:tls'
import { ServerCredentials } from '@grpc/grpc-js'
import type { PemIdentity } from '../options.ts'

const contextOf = ({ certificate, key, trust }: PemIdentity): SecureContextOptions => ({
  ca: trust,
  cert: certificate,
  key,
  minVersion: 'TLSv1.2',
})

/** Requires a certificate that the trust anchors vouch for. */
export class RenewableCredentials extends ServerCredentials {
  constructor(identity: PemIdentity) {
    super({ requestCert: true, rejectUnauthorized: true }, contextOf(identity))
  }

  renew(identity: PemIdentity): void {
    this.updateSecureContextOptions(contextOf(identity))
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other
  }
}
