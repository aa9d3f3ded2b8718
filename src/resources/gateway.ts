// Gateway (networking.istio.io): the fields that are read.
import type { KubeObject } from './object.ts'

export interface Gateway extends KubeObject {
  readonly spec?: {
    /** Labels that a gateway pod must have, in any namespace; absent: every gateway. */
    readonly selector?: Readonly<Record<string, string>>
    readonly servers?: readonly GatewayServer[]
  }
}

export interface GatewayServer {
  readonly port?: { readonly number?: number; readonly protocol?: string; readonly name?: string }
  readonly bind?: string
  /** `[namespace/]dnsName`. */
  readonly hosts?: readonly string[]
  readonly tls?: ServerTls
  readonly name?: string
}

export interface ServerTls {
  readonly httpsRedirect?: boolean
  readonly mode?:
    | 'PASSTHROUGH'
    | 'SIMPLE'
    | 'MUTUAL'
    | 'AUTO_PASSTHROUGH'
    | 'ISTIO_MUTUAL'
    | 'OPTIONAL_MUTUAL'
  readonly serverCertificate?: string
  readonly privateKey?: string
  readonly caCertificates?: string
  readonly caCrl?: string
  readonly credentialName?: string
  readonly credentialNames?: readonly string[]
  readonly caCertCredentialName?: string
  readonly tlsCertificates?: readonly unknown[]
  readonly subjectAltNames?: readonly string[]
  readonly verifyCertificateSpki?: readonly string[]
  readonly verifyCertificateHash?: readonly string[]
  readonly minProtocolVersion?: string
  readonly maxProtocolVersion?: string
  readonly cipherSuites?: readonly string[]
  readonly insecureSkipVerify?: boolean
}
