// The issuer: the role that a public CA has for the provider's domains. Root, intermediate, leaf, so that chains look like the real ones.
import { join } from 'node:path'
import { type Authority, type Issued, issueLeaf, openAuthority } from './authority.ts'
import type { KeyPurpose } from './certificate.ts'
import { OID } from './oids.ts'

const DAY = 86_400_000
const YEAR = 365 * DAY

/** `classic` leaves carry serverAuth and clientAuth, as in 2020; `2026` leaves carry serverAuth only, as public CAs issue them now. */
export type IssuerProfile = 'classic' | '2026'

export interface IssuerOptions {
  /** Where `issuer-root.pem` and `issuer-intermediate.pem` are kept. */
  readonly folder: string
  readonly profile?: IssuerProfile
  /** Of a leaf; 90 days when absent. */
  readonly lifetimeMs?: number
  readonly now?: () => number
}

export interface Issuer {
  /** PEM of the trust anchor. */
  readonly root: string
  /** PEM of the intermediate that signs now. */
  readonly intermediate: () => string
  readonly lifetimeMs: number
  /** Extended key usages of a leaf. */
  readonly purposes: readonly KeyPurpose[]
  /** A new key and certificate for DNS names; the first is the subject's CN where it fits. The chain is leaf + intermediate. */
  issue(names: readonly string[]): Promise<Issued>
}

/** The intermediate lives five years; a leaf has to fit well into that. */
const LONGEST_LIFETIME_MS = 825 * DAY

/** X.520 ub-common-name: longer names are in the SANs only, as with public CAs. */
const MAX_COMMON_NAME = 64

const purposes: Readonly<Record<IssuerProfile, readonly KeyPurpose[]>> = {
  classic: ['serverAuth', 'clientAuth'],
  '2026': ['serverAuth'],
}

/** Opens the issuer kept in a folder, making root and intermediate on first use. Throws when a key file is damaged, and a RangeError for a lifetime out of range. */
export async function openIssuer(options: IssuerOptions): Promise<Issuer> {
  const { folder, profile = 'classic', lifetimeMs = 90 * DAY, now = Date.now } = options
  if (!(lifetimeMs >= 1000 && lifetimeMs <= LONGEST_LIFETIME_MS))
    throw new RangeError('the lifetime of certificates must be between 1 second and 825 days')
  const root = await openAuthority(join(folder, 'issuer-root.pem'), {
    subject: { organizations: ['Sallyport'], commonName: 'Sallyport Issuer Root X1' },
    now: now(),
    lifetimeMs: 20 * YEAR,
    backdateMs: DAY,
    renewBeforeMs: lifetimeMs,
  })
  const openIntermediate = (): Promise<Authority> =>
    openAuthority(join(folder, 'issuer-intermediate.pem'), {
      subject: { organizations: ['Sallyport'], commonName: 'Sallyport Issuer E1' },
      now: now(),
      lifetimeMs: Math.min(5 * YEAR, root.notAfter - now()),
      backdateMs: DAY,
      pathLength: 0,
      parent: root,
      renewBeforeMs: lifetimeMs,
    })
  let intermediate = await openIntermediate()
  return {
    root: root.certificate,
    intermediate: () => intermediate.certificate,
    lifetimeMs,
    purposes: purposes[profile],
    async issue(names) {
      const time = now()
      if (intermediate.notAfter - time <= lifetimeMs) intermediate = await openIntermediate()
      const commonName = names.find((name) => name.length <= MAX_COMMON_NAME)
      return issueLeaf(
        intermediate,
        {
          subject: commonName === undefined ? {} : { commonName },
          dns: names,
          purposes: purposes[profile],
          policies: [OID.domainValidated],
          now: time,
          lifetimeMs,
          // As Let's Encrypt does, for clients whose clock is behind.
          backdateMs: 3_600_000,
        },
        [intermediate.certificate],
      )
    },
  }
}
