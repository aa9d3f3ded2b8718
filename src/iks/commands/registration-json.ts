// A registered domain in the shape of the provider's JSON (iks.md 4.2).
import type { Domain, Provider } from '../provider-contract.ts'

export interface RegistrationJson {
  readonly clusterID: string
  /** A JSON array as a string: the older of the two forms. */
  readonly nlbIP: string
  readonly nlbIPArray: readonly string[]
  readonly nlbType: string
  readonly nlbDnsType: string
  readonly nlbHost: string
  readonly secretNamespace: string
  readonly nlbMonitorState: string
  readonly nlbSslSecretName: string
  readonly nlbSslSecretStatus: string
  readonly nlbStatusMessage: string
}

export function registrationJson({ identity }: Provider, domain: Domain): RegistrationJson {
  return {
    clusterID: identity.id,
    nlbIP: JSON.stringify(domain.ips),
    nlbIPArray: domain.ips,
    nlbType: 'public',
    nlbDnsType: 'public',
    nlbHost: domain.host,
    secretNamespace: domain.secretNamespace,
    nlbMonitorState: 'None',
    nlbSslSecretName: domain.secretName,
    nlbSslSecretStatus: domain.status,
    nlbStatusMessage: domain.message,
  }
}
