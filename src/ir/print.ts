// A model as YAML for people: one document per proxy, in a stable order, defaults left out, certificates by name.
import { Document, stringify } from 'yaml'
import { formatOrigin, type Origin } from '../diagnostics/origin.ts'
import type { CertificateRef, TrustRef } from './certificate.ts'
import type { Cluster, Endpoint, LocalityWeight } from './cluster.ts'
import type { PublicJwk } from './jwt.ts'
import type { HttpManager } from './listener.ts'
import { localityText } from './locality.ts'
import type { PolicyRule } from './policy.ts'
import { predicateText } from './policy-text.ts'
import { albProfile, albRetry, istioProfile, istioRetry, type Profile } from './profiles.ts'
import type { Model, Proxy } from './proxy.ts'

export interface PrintOptions {
  /** Digests of certificates as well; they differ from one issuance to the next. */
  readonly digests?: boolean
}

type Plain = Readonly<Record<string, unknown>>

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const PROFILES: Readonly<Record<HttpManager['profile'], Profile>> = { alb: albProfile, istio: istioProfile }
/** What stands in the profile, or only in metrics. */
const IMPLIED = [
  'kind',
  'statPrefix',
  'limits',
  'path',
  'upgrades',
  'http2',
  'accessLog',
  'reasonHeader',
] as const
/** Istio's and nginx's usual cluster settings. */
const CLUSTER_DEFAULTS: Readonly<Record<string, unknown>> = { idleTimeoutMs: 3_600_000, protocol: 'http1' }

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

function certificate(ref: CertificateRef, { digests }: PrintOptions): Plain {
  const { dns, uri } = ref.leaf.sans
  return {
    name: ref.name,
    ...(ref.leaf.commonName === undefined ? {} : { commonName: ref.leaf.commonName }),
    ...(dns.length === 0 ? {} : { dns }),
    ...(uri.length === 0 ? {} : { uri }),
    issuer: ref.leaf.issuer,
    ...(digests === true ? { chain: ref.chain, key: ref.key } : {}),
  }
}

function trust(ref: TrustRef, { digests }: PrintOptions): Plain {
  return {
    name: ref.name,
    anchors: ref.anchors.map((anchor) => anchor.subject),
    ...(ref.crl === undefined ? {} : { crl: digests === true ? ref.crl : true }),
    ...(digests === true ? { roots: ref.roots } : {}),
  }
}

function endpoint(one: Endpoint): string {
  const words = [
    `${one.address}:${one.port}`,
    one.weight === undefined ? '' : `weight ${one.weight}`,
    one.healthy ? '' : 'unhealthy',
    one.tlsMode ?? '',
    one.priority ? `priority ${one.priority}` : '',
    one.locality === undefined ? '' : `in ${localityText(one.locality)}`,
    one.workload === undefined ? '' : `${one.workload.namespace}/${one.workload.pod ?? one.workload.name}`,
  ]
  return words.filter((word) => word !== '').join(' ')
}

const publicKey = ({ kty, crv, kid, alg }: PublicJwk): string =>
  [crv ?? kty, ...(kid === undefined ? [] : [kid]), ...(alg === undefined ? [] : [`for ${alg}`])].join(' ')

const address = (one: { address: string; port: number }): string => `${one.address}:${one.port}`

function manager(value: HttpManager): Plain {
  const profile: Plain = PROFILES[value.profile] as unknown as Plain
  const kept = Object.entries(value).filter(
    ([key, part]) => !(IMPLIED as readonly string[]).includes(key) || !equal(part, profile[key]),
  )
  const { statPrefix: _, ...rest } = Object.fromEntries(kept) as Plain
  return rest
}

function cluster(value: Cluster): Plain {
  const kept = Object.entries(value).filter(([key, part]) => !equal(part, CLUSTER_DEFAULTS[key]))
  const { service: _, ...rest } = Object.fromEntries(kept) as Plain
  return rest
}

/** The special forms, by what an object has: everything else is printed as it is. */
function shorten(value: Plain, options: PrintOptions): Plain | string {
  if ('leaf' in value) return certificate(value as unknown as CertificateRef, options)
  if ('anchors' in value) return trust(value as unknown as TrustRef, options)
  if ('principals' in value && 'permissions' in value) {
    const rule = value as unknown as PolicyRule
    return { from: predicateText(rule.principals), to: predicateText(rule.permissions), origin: rule.origin }
  }
  if ('healthy' in value) return endpoint(value as unknown as Endpoint)
  if ('profile' in value) return manager(value as unknown as HttpManager)
  if ('connectTimeoutMs' in value) return cluster(value as unknown as Cluster)
  if ([istioRetry, albRetry].some((usual) => equal(value['retry'], usual))) {
    const { retry: _, ...rest } = value
    return rest
  }
  if ('locality' in value && 'weight' in value) {
    const { locality, weight } = value as unknown as LocalityWeight
    return `${localityText(locality)} ${weight}`
  }
  if ('kty' in value) return publicKey(value as unknown as PublicJwk)
  const keys = Object.keys(value)
  if (equal(keys, ['address', 'port'])) return address(value as { address: string; port: number })
  if ('kind' in value && 'value' in value) {
    const { kind, value: inner, ...rest } = value
    return { [String(kind)]: inner, ...rest }
  }
  return keys.length === 1 && 'kind' in value ? String(value['kind']) : value
}

/** Parts that several places share are printed once and referred to. */
function printer(options: PrintOptions): (value: unknown) => unknown {
  const shared = new Map<object, unknown>()
  const print = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(print)
    if (!isPlain(value)) return value
    const known = shared.get(value)
    if (known !== undefined) return known
    const short = shorten(value, options)
    const made = typeof short === 'string' ? short : fields(short)
    if ('virtualHosts' in value || 'domains' in value || 'endpoints' in value) shared.set(value, made)
    return made
  }
  const fields = (value: Plain): Plain => {
    const { origin, ...rest } = value
    const from = origin === undefined ? '' : formatOrigin(origin as Origin)
    return {
      ...Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, print(part)])),
      ...(from === '' ? {} : { origin: from }),
    }
  }
  return print
}

function document(proxy: Proxy, print: (value: unknown) => unknown): Plain {
  const { id, kind: _, workload, addresses, locality, listeners, clusters, identity, origin } = proxy
  return {
    proxy: id,
    serviceAccount: `${workload.namespace}/${workload.serviceAccount}`,
    addresses,
    ...(locality === undefined ? {} : { locality: localityText(locality) }),
    ...(identity === undefined ? {} : { identity: identity.spiffe }),
    origin: formatOrigin(origin),
    listeners: print(listeners),
    clusters: print(clusters),
  }
}

/** The text of a model; the same model gives the same text. */
export function printModel(model: Model, options: PrintOptions = {}): string {
  return model.proxies
    .map((proxy) => {
      const contents = new Document(document(proxy, printer(options)))
      return contents.toString({ lineWidth: 0 })
    })
    .join('---\n')
}

/** One value of a model (a route, a cluster) in the same form. */
export function printPart(value: unknown, options: PrintOptions = {}): string {
  return stringify(printer(options)(value), { lineWidth: 0, aliasDuplicateObjects: false })
}
