// From the data keys of a Secret or ConfigMap to certificates the model can name. Every reason to refuse one is a code and a sentence.
import type { Code } from '../../diagnostics/catalogue.ts'
import type { CertificateFacts, CertificateRef, PemFacts, TrustRef } from '../../ir/certificate.ts'
import { CONFIG_MAP, SECRET } from '../../resources/kinds.ts'
import type { PemIndex } from '../../resources/snapshot.ts'
import { closest } from '../closest.ts'
import { readKeys, readObject, readPem, readValidity } from '../graph/inputs.ts'
import type { Read } from '../graph/query.ts'
import { listed, named } from '../text.ts'

export interface Problem {
  readonly code: Code
  readonly message: string
}

/** Either the value, perhaps with remarks, or why there is none. */
export type Credential<T> =
  | { readonly value: T; readonly remarks: readonly Problem[] }
  | { readonly problem: Problem }

/** A Secret or ConfigMap that exists, with what its values are. */
export interface Holder {
  readonly kind: 'Secret' | 'ConfigMap'
  /** `namespace/name`. */
  readonly key: string
  readonly pem: PemIndex
  readonly origin: (field: string) => CertificateRef['origin']
}

/** The Secret or ConfigMap of this key, if it exists. */
export function readHolder(read: Read, kind: Holder['kind'], key: string): Holder | undefined {
  const resource = readObject(read, kind === 'Secret' ? SECRET : CONFIG_MAP, key)
  if (resource === undefined) return undefined
  return { kind, key, pem: readPem(read, `${kind} ${key}`) ?? new Map(), origin: resource.origin }
}

/** SP0201 for a holder that is not there, with the one that was probably meant. */
export function missing(read: Read, kind: Holder['kind'], key: string): Problem {
  return { code: 'SP0201', message: `${named(kind, key)} does not exist${instead(read, kind, key)}.` }
}

/** Says which one is there of that name in another namespace, or in its own with nearly that name. */
function instead(read: Read, kind: Holder['kind'], key: string): string {
  const keys = readKeys(read, kind === 'Secret' ? SECRET : CONFIG_MAP)
  const slash = key.indexOf('/')
  const elsewhere = keys.filter((one) => one.endsWith(key.slice(slash))).map((one) => one.split('/')[0] ?? '')
  if (elsewhere.length > 0) return `; one of that name is in ${listed(elsewhere)}`
  const name = (one: string) => one.slice(slash + 1)
  const near = closest(name(key), keys.filter((one) => one.startsWith(key.slice(0, slash + 1))).map(name))
  return near === undefined ? '' : `; ${near} does`
}

const has = (facts: PemFacts | undefined): facts is PemFacts =>
  facts !== undefined && facts.content.kind !== 'empty'

function unreadable(holder: Holder, dataKey: string, facts: PemFacts, wanted: string): Problem {
  const found = facts.content.kind === 'invalid' ? facts.content.problem : `it holds ${facts.content.kind}`
  return {
    code: 'SP0203',
    message: `${named(holder.kind, holder.key)} key ${dataKey} is not ${wanted}: ${found}.`,
  }
}

const day = (ms: number): string => {
  // Civil date from days since the epoch (no clock in this layer).
  const days = Math.floor(ms / 86_400_000) + 719_468
  const era = Math.floor(days / 146_097)
  const dayOfEra = days - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${year}-${two(month)}-${two(dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1)}`
}

/** SP0205 when now is outside of the certificate's validity period. */
export function outOfDate(
  read: Read,
  holder: Holder,
  dataKey: string,
  facts: CertificateFacts,
): Problem | undefined {
  const validity = readValidity(read, facts.notBefore, facts.notAfter)
  if (validity === 'valid') return undefined
  const what = `${named(holder.kind, holder.key)} key ${dataKey}: the certificate of ${facts.commonName ?? facts.subject}`
  return {
    code: 'SP0205',
    message:
      validity === 'early'
        ? `${what} is not valid before ${day(facts.notBefore)}.`
        : `${what} expired on ${day(facts.notAfter)}.`,
  }
}

/** The first certificate chain with its key among pairs of data keys; both must be there, fit each other and be valid now. */
export function readKeyPair(
  read: Read,
  holder: Holder,
  pairs: readonly (readonly [chain: string, key: string])[],
  name: string,
): Credential<CertificateRef> {
  const pair = pairs.find(([chain, key]) => has(holder.pem.get(chain)) && has(holder.pem.get(key)))
  const [chainKey, keyKey] = pair ?? ['', '']
  const chain = holder.pem.get(chainKey)
  const key = holder.pem.get(keyKey)
  if (chain === undefined || key === undefined) {
    const wanted = pairs.map(([one, other]) => `${one} and ${other}`).join(', or ')
    return { problem: lacking(holder, wanted) }
  }
  if (chain.content.kind !== 'certificates')
    return { problem: unreadable(holder, chainKey, chain, 'a certificate') }
  if (key.content.kind !== 'private-key') return { problem: unreadable(holder, keyKey, key, 'a private key') }
  const [leaf] = chain.content.certificates
  if (leaf === undefined) return { problem: unreadable(holder, chainKey, chain, 'a certificate') }
  if (leaf.spki !== key.content.spki) {
    return {
      problem: {
        code: 'SP0204',
        message: `${named(holder.kind, holder.key)}: the key under ${keyKey} is not that of the certificate under ${chainKey}.`,
      },
    }
  }
  const problem = outOfDate(read, holder, chainKey, leaf)
  if (problem !== undefined) return { problem }
  const origin = holder.origin(`data[${chainKey}]`)
  const intermediates = chain.content.certificates.slice(1)
  const value = { name, chain: chain.digest, key: key.digest, leaf, origin }
  return { value: intermediates.length === 0 ? value : { ...value, intermediates }, remarks: [] }
}

/** SP0202, naming what is there as Istio's message does (istio/istio#47315). */
export function lacking(holder: Holder, wanted: string): Problem {
  const found = [...holder.pem.keys()].sort()
  return {
    code: 'SP0202',
    message: `${named(holder.kind, holder.key)} lacks ${wanted}; found: ${found.length === 0 ? 'no key' : listed(found)}.`,
  }
}

/** A trust bundle under the first of some data keys, each with the key of its revocation list. An anchor out of its validity is a remark, all of them a problem. */
export function readTrust(
  read: Read,
  holder: Holder,
  candidates: readonly { readonly roots: string; readonly crl?: string }[],
  name: string,
): Credential<TrustRef> {
  const candidate = candidates.find(({ roots }) => has(holder.pem.get(roots)))
  const facts = candidate && holder.pem.get(candidate.roots)
  if (candidate === undefined || facts === undefined) {
    return { problem: lacking(holder, candidates.map(({ roots }) => roots).join(' or ')) }
  }
  if (facts.content.kind !== 'certificates' || facts.content.certificates.length === 0) {
    return { problem: unreadable(holder, candidate.roots, facts, 'a certificate') }
  }
  const anchors = facts.content.certificates
  const remarks = anchors.flatMap((anchor) => outOfDate(read, holder, candidate.roots, anchor) ?? [])
  const [first] = remarks
  if (first !== undefined && remarks.length === anchors.length) return { problem: first }
  const crl = candidate.crl === undefined ? undefined : holder.pem.get(candidate.crl)
  if (crl !== undefined && crl.content.kind !== 'crl' && crl.content.kind !== 'empty') {
    return { problem: unreadable(holder, candidate.crl ?? '', crl, 'a revocation list') }
  }
  return {
    value: {
      name,
      roots: facts.digest,
      ...(crl?.content.kind === 'crl' ? { crl: crl.digest, revoked: crl.content.revoked ?? [] } : {}),
      anchors,
      origin: holder.origin(`data[${candidate.roots}]`),
    },
    remarks,
  }
}
