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
  /** Of the 90 days of its life, how many have passed. Default: none. */
  readonly ageDays?: number
  /** It is on its issuer's revocation list. */
  readonly revoked?: boolean
  /** Authorities whose certificates follow the leaf. */
  readonly chain?: readonly string[]
}

/** A key of an issuer of tokens, made when the case is opened; `${name.jwks}` in in.yaml stands for its public half as a key set. */
export interface TokenKeySettings {
  /** Default ES256. */
  readonly alg?: string
  /** Default the name; null: none. */
  readonly kid?: string | null
}

/** A token that requests send; `${name}` in a header or URL of a request stands for it. Times are seconds from now. */
export interface TokenSettings {
  readonly key: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly expiresIn?: number
  readonly validIn?: number
  /** In the header of the token; default that of the key. */
  readonly kid?: string
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
  /** Response headers besides its own. */
  readonly answers?: Readonly<Record<string, string>>
}

/** Of a case under cases/faults: what docs/troubleshooting.md says of it. */
export interface FaultSettings {
  readonly title: string
  /** Where the fault was reported: a row of iks.md 7.2, or an issue thread. */
  readonly source: string
  readonly symptom: string
  readonly change: string
  /** The codes by which lint finds it; empty: only a request shows it. */
  readonly codes: readonly string[]
  /** A request that does not reach the program, and does once the fault is gone. */
  readonly request?: {
    /** `alb`, `gateway`, `pod namespace/name`. */
    readonly to: string
    readonly url: string
    readonly sni?: string
    /** A credential of the case. */
    readonly client?: string
  }
}

export interface CaseSettings {
  readonly kind: 'Case'
  readonly authorities?: Readonly<Record<string, AuthoritySettings>>
  readonly credentials?: Readonly<Record<string, CredentialSettings>>
  readonly tokenKeys?: Readonly<Record<string, TokenKeySettings>>
  readonly tokens?: Readonly<Record<string, TokenSettings>>
  /** By URI: the token keys (names) served there, or `null` for one that does not answer. */
  readonly issuerKeys?: Readonly<Record<string, readonly string[] | null>>
  /** `name` is `namespace/name`; every other key is a data key, its value the name of material, several joined by `+`, or a literal. */
  readonly secrets?: readonly ({ readonly name: string } & Readonly<Record<string, string>>)[]
  /** Which doors are assumed when the case has none; default both. */
  readonly platform?: readonly ('alb' | 'gateway')[]
  /** For requests.yaml. */
  readonly backends?: readonly BackendSettings[]
  /** Service accounts (`namespace/name`) that have no mesh certificate yet. */
  readonly withoutIdentity?: readonly string[]
  readonly fault?: FaultSettings
}
