// The hook behind serviceaccounts/NAME/token: the API server checks what is asked for, whoever holds the key signs.

/** A token for a service account that exists. */
export interface AccountTokenRequest {
  readonly namespace: string
  readonly account: string
  /** Of the account: one made anew under the same name is another. */
  readonly uid: string
  /** For whom it is; empty: for this API. */
  readonly audiences: readonly string[]
  readonly lifetimeMs: number
  /** It ends with this pod. */
  readonly pod?: { readonly name: string; readonly uid: string }
}

export interface AccountToken {
  readonly token: string
  /** For whom it is. */
  readonly audiences: readonly string[]
  /** Milliseconds since the epoch. */
  readonly expires: number
}

export type AccountTokens = (request: AccountTokenRequest) => Promise<AccountToken>
