// The first document of a case: what the case needs besides Kubernetes objects.

export interface AuthoritySettings {
  /** Absent: `<name> root`; null: a subject without common name. */
  readonly commonName?: string | null
  /** Another authority, declared before; absent: self-signed. */
  readonly parent?: string
  readonly expired?: boolean
}

export interface CredentialSettings {
  readonly issuer: string
  readonly names?: readonly string[]
  readonly uris?: readonly string[]
  readonly commonName?: string
  readonly purposes?: readonly ('serverAuth' | 'clientAuth')[]
  readonly expired?: boolean
  readonly early?: boolean
  /** It is on its issuer's revocation list. */
  readonly revoked?: boolean
  /** Authorities whose certificates follow the leaf. */
  readonly chain?: readonly string[]
}

/** How the programs at a port speak; those not named speak plain HTTP. */
export interface BackendSettings {
  readonly port: number
  /** TLS with this credential. */
  readonly certificate?: string
  /** A client certificate of this authority is required. */
  readonly clientCa?: string
  /** Nothing listens there. */
  readonly down?: boolean
}

export interface CaseSettings {
  readonly kind: 'Case'
  readonly authorities?: Readonly<Record<string, AuthoritySettings>>
  readonly credentials?: Readonly<Record<string, CredentialSettings>>
  /** `name` is `namespace/name`; every other key is a data key, its value the name of material, several joined by `+`, or a literal. */
  readonly secrets?: readonly ({ readonly name: string } & Readonly<Record<string, string>>)[]
  /** Which doors are assumed when the case has none; default both. */
  readonly platform?: readonly ('alb' | 'gateway')[]
  /** For requests.yaml. */
  readonly backends?: readonly BackendSettings[]
  /** Service accounts (`namespace/name`) that have no mesh certificate yet. */
  readonly withoutIdentity?: readonly string[]
}
