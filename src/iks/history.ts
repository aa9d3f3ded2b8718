// What the provider has issued: enough to recognise any copy of it later. Kept in ConfigMap kube-system/ibm-issued-certificates; digests only.
import type { CertificateFacts } from '../pki/certificate-facts.ts'

/** One certificate of a domain. Times are milliseconds since the epoch. */
export interface Generation {
  /** Hex SHA-256 of the DER certificate. */
  readonly fingerprint: string
  /** Base64 SHA-256 of its public key: tells its private key in whatever format. */
  readonly spki: string
  /** Fingerprint of the issuer's root at that time. */
  readonly root: string
  readonly issued: number
  readonly notAfter: number
}

export interface History {
  /** By domain label, oldest first; the last is in force. */
  readonly domains: ReadonlyMap<string, readonly Generation[]>
  /** Fingerprints of the issuer's own certificates, oldest first. */
  readonly roots: readonly string[]
  readonly intermediates: readonly string[]
  /** Entries that could not be read, kept as they are. */
  readonly unreadable: ReadonlyMap<string, string>
}

/** Generations remembered of a domain: three years at the usual rhythm, and a ConfigMap with 128 domains stays below its 1 MiB. */
const REMEMBERED = 30

export const EMPTY_HISTORY: History = {
  domains: new Map(),
  roots: [],
  intermediates: [],
  unreadable: new Map(),
}

/** The history with one more certificate of a domain. */
export function withGeneration(history: History, label: string, generation: Generation): History {
  const known = history.domains.get(label) ?? []
  return {
    ...history,
    domains: new Map(history.domains).set(label, [...known, generation].slice(-REMEMBERED)),
  }
}

/** The history without a domain. */
export function withoutDomain(history: History, label: string): History {
  const domains = new Map(history.domains)
  domains.delete(label)
  return { ...history, domains }
}

/** The history with the issuer's certificates of now; the same object when it has them already. */
export function withIssuer(
  history: History,
  root: CertificateFacts,
  intermediate: CertificateFacts,
): History {
  const add = (list: readonly string[], fingerprint: string) =>
    list.at(-1) === fingerprint
      ? list
      : [...list.filter((one) => one !== fingerprint), fingerprint].slice(-REMEMBERED)
  const roots = add(history.roots, root.fingerprint)
  const intermediates = add(history.intermediates, intermediate.fingerprint)
  return roots === history.roots && intermediates === history.intermediates
    ? history
    : { ...history, roots, intermediates }
}

/** ConfigMap data of a history. */
export function encodeHistory(history: History): Record<string, string> {
  return {
    ...Object.fromEntries(history.unreadable),
    issuer: JSON.stringify({ roots: history.roots, intermediates: history.intermediates }),
    ...Object.fromEntries([...history.domains].map(([label, list]) => [label, JSON.stringify(list)])),
  }
}

/** The history that ConfigMap data holds. Entries that cannot be read are in `unreadable`. */
export function decodeHistory(data: Readonly<Record<string, string>>): History {
  const domains = new Map<string, readonly Generation[]>()
  const unreadable = new Map<string, string>()
  let issuer: Pick<History, 'roots' | 'intermediates'> = { roots: [], intermediates: [] }
  for (const [key, text] of Object.entries(data)) {
    const value = parse(text)
    if (key === 'issuer' && isIssuer(value)) issuer = value
    else if (key !== 'issuer' && Array.isArray(value) && value.every(isGeneration)) domains.set(key, value)
    else unreadable.set(key, text)
  }
  return { domains, unreadable, roots: issuer.roots, intermediates: issuer.intermediates }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isIssuer(value: unknown): value is Pick<History, 'roots' | 'intermediates'> {
  const lists = value as { roots?: unknown; intermediates?: unknown } | null
  return [lists?.roots, lists?.intermediates].every(
    (list) => Array.isArray(list) && list.every((one) => typeof one === 'string'),
  )
}

function isGeneration(value: unknown): value is Generation {
  const one = value as Partial<Record<keyof Generation, unknown>> | null
  return (
    typeof one?.fingerprint === 'string' &&
    typeof one.spki === 'string' &&
    typeof one.root === 'string' &&
    typeof one.issued === 'number' &&
    typeof one.notAfter === 'number'
  )
}
