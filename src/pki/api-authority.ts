// The CA of the Kubernetes API: the server's certificate and client certificates, where CN is the user and O its groups.
import { join } from 'node:path'
import { type Issued, issueLeaf, openAuthority } from './authority.ts'

const DAY = 86_400_000
const YEAR = 365 * DAY

export interface ApiAuthority {
  /** PEM of the trust anchor (a kubeconfig's certificate-authority-data). */
  readonly root: string
  /** For a TLS server with these names and addresses; one year. */
  issueServer(names: { readonly dns: readonly string[]; readonly ip: readonly string[] }): Issued
  /** For a user with its groups (`system:masters` is the administrator's); one year. */
  issueClient(user: string, groups: readonly string[]): Issued
}

/** Opens the API's CA kept in a folder as `api-root.pem`, making it on first use. Throws when its file is damaged. */
export async function openApiAuthority(options: {
  readonly folder: string
  readonly now?: () => number
}): Promise<ApiAuthority> {
  const { folder, now = Date.now } = options
  const root = await openAuthority(join(folder, 'api-root.pem'), {
    subject: { organizations: ['Sallyport'], commonName: 'sallyport-api-ca' },
    now: now(),
    lifetimeMs: 10 * YEAR,
    backdateMs: DAY,
    renewBeforeMs: YEAR,
  })
  const validity = () => ({ now: now(), lifetimeMs: YEAR, backdateMs: 3_600_000 })
  return {
    root: root.certificate,
    issueServer: ({ dns, ip }) =>
      issueLeaf(root, {
        subject: { commonName: 'kube-apiserver' },
        dns,
        ip,
        purposes: ['serverAuth'],
        ...validity(),
      }),
    issueClient: (user, groups) =>
      issueLeaf(root, {
        subject: { commonName: user, organizations: groups },
        purposes: ['clientAuth'],
        ...validity(),
      }),
  }
}
