// Certificates that a case declares, issued when the case is opened: nothing secret is in the repository.
import { X509Certificate } from 'node:crypto'
import { type Authority, createAuthority, issueLeaf } from '../../src/pki/authority.ts'
import { signCrl } from '../../src/pki/crl.ts'
import type { AuthoritySettings, CaseSettings, CredentialSettings } from './settings.ts'

const DAY = 86_400_000

/** PEM text by name: `<credential>.crt`, `<credential>.key`, `<authority>.ca`, `<authority>.crl`. */
export type Material = ReadonlyMap<string, string>

function makeAuthority(
  name: string,
  wanted: AuthoritySettings,
  parent: Authority | undefined,
  now: number,
): Authority {
  const subject =
    wanted.commonName === null
      ? { organizations: [name] }
      : { commonName: wanted.commonName ?? `${name} root` }
  return createAuthority({
    subject,
    now: wanted.expired === true ? now - 400 * DAY : now,
    lifetimeMs: wanted.expired === true ? 30 * DAY : 3650 * DAY,
    backdateMs: DAY,
    ...(parent === undefined ? {} : { parent }),
  })
}

function issue(name: string, wanted: CredentialSettings, cas: ReadonlyMap<string, Authority>, now: number) {
  const authority = cas.get(wanted.issuer)
  if (authority === undefined) throw new Error(`credential ${name}: there is no authority ${wanted.issuer}`)
  const shift =
    wanted.expired === true ? -100 * DAY : wanted.early === true ? 10 * DAY : -(wanted.ageDays ?? 0) * DAY
  return issueLeaf(
    authority,
    {
      subject: { commonName: wanted.commonName ?? wanted.names?.[0] ?? name },
      ...(wanted.names === undefined ? {} : { dns: wanted.names }),
      ...(wanted.uris === undefined ? {} : { uri: wanted.uris }),
      purposes: wanted.purposes ?? ['serverAuth', 'clientAuth'],
      now: now + shift,
      lifetimeMs: 90 * DAY,
      backdateMs: 3_600_000,
    },
    (wanted.chain ?? []).map((one) => cas.get(one)?.certificate ?? ''),
  )
}

/** Everything that secrets and clients of the case may refer to. */
export function issueMaterial(settings: CaseSettings, now: number): Material {
  const cas = new Map<string, Authority>()
  const material = new Map<string, string>()
  for (const [name, wanted] of Object.entries(settings.authorities ?? {})) {
    const parent = wanted.parent === undefined ? undefined : cas.get(wanted.parent)
    const authority = makeAuthority(name, wanted, parent, now)
    cas.set(name, authority)
    material.set(`${name}.ca`, authority.certificate)
  }
  const revoked = new Map<string, string[]>()
  for (const [name, wanted] of Object.entries(settings.credentials ?? {})) {
    const { chain, key } = issue(name, wanted, cas, now)
    material.set(`${name}.crt`, chain)
    material.set(`${name}.key`, key)
    if (wanted.revoked === true) {
      revoked.set(wanted.issuer, [
        ...(revoked.get(wanted.issuer) ?? []),
        new X509Certificate(chain).serialNumber,
      ])
    }
  }
  for (const [name, authority] of cas) {
    const list = {
      revoked: revoked.get(name) ?? [],
      thisUpdate: now - DAY,
      nextUpdate: now + 30 * DAY,
      number: 1,
    }
    material.set(`${name}.crl`, signCrl(list, authority))
  }
  return material
}
