// The registered NLB domains, kept in ConfigMap kube-system/ibm-nlb-dns so that they survive restarts.
import type { CertificateStatus } from './provider-contract.ts'

export interface Registration {
  readonly ips: readonly string[]
  readonly secretNamespace: string
  /** Milliseconds since the epoch. */
  readonly created: number
  readonly status: CertificateStatus
  readonly message: string
}

export interface Registrations {
  /** The number of the next one; numbers are never used twice. */
  readonly next: number
  /** By number, ascending. */
  readonly byNumber: ReadonlyMap<number, Registration>
  /** Entries that could not be read, kept as they are. */
  readonly unreadable: ReadonlyMap<string, string>
}

export const NO_REGISTRATIONS: Registrations = { next: 1, byNumber: new Map(), unreadable: new Map() }

const KEY = /^(\d{4})$/
const STATUSES: readonly string[] = [
  'pending',
  'created',
  'failed',
  'regenerating',
] satisfies CertificateStatus[]

/** The registrations with `number` set, or removed when `registration` is undefined. */
export function withRegistration(
  all: Registrations,
  number: number,
  registration: Registration | undefined,
): Registrations {
  const byNumber = new Map(all.byNumber)
  if (registration === undefined) byNumber.delete(number)
  else byNumber.set(number, registration)
  return {
    ...all,
    next: Math.max(all.next, number + 1),
    byNumber: new Map([...byNumber].sort(([a], [b]) => a - b)),
  }
}

/** ConfigMap data: `next`, and an entry of JSON per registration under its four digits. */
export function encodeRegistrations(all: Registrations): Record<string, string> {
  return {
    ...Object.fromEntries(all.unreadable),
    next: String(all.next),
    ...Object.fromEntries(
      [...all.byNumber].map(([number, one]) => [String(number).padStart(4, '0'), JSON.stringify(one)]),
    ),
  }
}

/** The registrations that ConfigMap data holds; the numbers of entries that cannot be read stay taken. */
export function decodeRegistrations(data: Readonly<Record<string, string>>): Registrations {
  let all: Registrations = { ...NO_REGISTRATIONS, next: Math.max(1, Number(data['next'] ?? 1) || 1) }
  const unreadable = new Map<string, string>()
  for (const [key, text] of Object.entries(data)) {
    if (key === 'next') continue
    const number = Number(KEY.exec(key)?.[1] ?? 0)
    const one = parseRegistration(text)
    if (number > 0 && one !== undefined) all = withRegistration(all, number, one)
    else {
      unreadable.set(key, text)
      all = { ...all, next: Math.max(all.next, number + 1) }
    }
  }
  return { ...all, unreadable }
}

function parseRegistration(text: string): Registration | undefined {
  try {
    const one = JSON.parse(text) as Partial<Record<keyof Registration, unknown>> | null
    const good =
      Array.isArray(one?.ips) &&
      one.ips.every((ip) => typeof ip === 'string') &&
      typeof one.secretNamespace === 'string' &&
      typeof one.created === 'number' &&
      STATUSES.includes(String(one.status)) &&
      typeof one.message === 'string'
    return good ? (one as unknown as Registration) : undefined
  } catch {
    return undefined
  }
}
