// Who the cluster is for the provider: made once at creation, kept by control in cluster.json.

export interface ClusterIdentity {
  readonly name: string
  /** 20 characters, as the provider's cluster ids. */
  readonly id: string
  /** 32 hex digits, the same in all domains of an account. */
  readonly accountHash: string
  readonly region: string
  readonly datacenter: string
  /** RFC 3339. */
  readonly created: string
}

export const REGION = 'us-south'

/** The provider's rule for cluster names, less the period, which a DNS label cannot hold; undefined when the name is good, else what is wrong. */
export function clusterNameProblem(name: string): string | undefined {
  if (/^[a-z]([-a-z0-9]{0,33}[a-z0-9])?$/.test(name)) return undefined
  return `the cluster name ${JSON.stringify(name)} must start with a lower-case letter, contain only lower-case letters, digits and hyphens, not end in a hyphen, and be at most 35 characters long`
}

const ID_ALPHABET = '0123456789abcdefghijklmnopqrstuv'

/** A new identity; `random` gives that many random bytes, `now` is in milliseconds. */
export function createIdentity(
  name: string,
  random: (count: number) => Uint8Array,
  now: number,
): ClusterIdentity {
  const id = [...random(20)].map((byte) => ID_ALPHABET[byte % ID_ALPHABET.length]).join('')
  return {
    name,
    id: `b${id.slice(1)}`,
    accountHash: [...random(16)].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    region: REGION,
    datacenter: 'dal10',
    created: new Date(now).toISOString().replace(/\.\d+Z$/, '+0000'),
  }
}

/**
 * The first label of a domain: `<cluster>-<account hash>-<NNNN>`; number 0 is the ALB's, 1, 2, … the registrations'. Names over 25
 * characters are cut to 24 (the provider says 26, but then the label would pass the 63 characters of RFC 1035).
 */
export function domainLabel(identity: ClusterIdentity, number: number): string {
  const cluster = identity.name.length <= 25 ? identity.name : identity.name.slice(0, 24).replace(/-+$/, '')
  return `${cluster}-${identity.accountHash}-${String(number).padStart(4, '0')}`
}

/** The suffix of all domains of a region: `us-south.containers.appdomain.cloud`. */
export function regionDomain(identity: Pick<ClusterIdentity, 'region'>): string {
  return `${identity.region}.containers.appdomain.cloud`
}

/** The whole domain of a label. */
export function domainOf(identity: ClusterIdentity, number: number): string {
  return `${domainLabel(identity, number)}.${regionDomain(identity)}`
}

/** `public-cr<cluster id>-alb1`: the ALB's id, and the name of its Deployment and Service in kube-system. */
export function albId(identity: ClusterIdentity): string {
  return `public-cr${identity.id}-alb1`
}
