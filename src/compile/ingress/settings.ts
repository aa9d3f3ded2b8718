// What annotations ask for, as data: per Ingress and per service of it. An annotation reader returns contributions, nothing else.
import type { FilterConfig } from '../../ir/filter.ts'

/** How the ALB speaks to a service named in ssl-services (iks.md 1.1). */
export type SslSetting =
  | { readonly kind: 'tls'; readonly secret?: string; readonly name?: string; readonly depth: number }
  /** The entry was rejected: requests fail closed. */
  | { readonly kind: 'rejected'; readonly message: string }

export interface ServiceSettings {
  readonly ssl?: SslSetting
  readonly connectTimeoutMs?: number
  readonly readTimeoutMs?: number
  readonly idleTimeoutMs?: number
  readonly maxIdle?: number
  /** 0: no limit. */
  readonly maxBodyBytes?: number
  /** A bucket for each path. */
  readonly rateLimit?: FilterConfig['rate-limit']
  /** What takes the place of the rule's path. */
  readonly rewrite?: string
  /** nginx location modifier. */
  readonly modifier?: '=' | '~' | '~*' | '^~'
  /** Names are lower case; values in Envoy's format. */
  readonly requestHeaders?: readonly (readonly [name: string, value: string])[]
  readonly responseHeaders?: readonly (readonly [name: string, value: string])[]
  readonly removedHeaders?: readonly string[]
  readonly sticky?: StickyCookie
}

export interface StickyCookie {
  readonly name: string
  readonly ttlSeconds: number
  readonly path: string
  readonly secure: boolean
  readonly httpOnly: boolean
}

export interface IngressSettings {
  readonly redirectToHttps?: boolean
  /** Its first host answers for names that nobody has. */
  readonly defaultServer?: boolean
  /** The value of Strict-Transport-Security. */
  readonly hsts?: string
  /** Absent: 80 and 443. */
  readonly ports?: { readonly http?: number; readonly https?: number }
  readonly mutualAuth?: readonly { readonly port: number; readonly secret: string }[]
  /** An annotation that guards the Ingress cannot be read: all its hosts fail closed. */
  readonly rejected?: string
  /** An ssl-services entry that names no service was rejected: it could have meant any that no other entry names. */
  readonly sslUnknown?: string
}

export interface Contribution {
  readonly ingress?: IngressSettings
  /** `names` absent: every service of the Ingress that is not named by another entry of the annotation. */
  readonly services?: readonly { readonly names?: readonly string[]; readonly settings: ServiceSettings }[]
  /** What is wrong with the text, in the annotation's own words. */
  readonly faults: readonly AnnotationFault[]
}

export interface AnnotationFault {
  readonly message: string
  readonly advice?: string
  /** The value that would be right, when it is known. */
  readonly fix?: string
  readonly severity?: 'error' | 'warning'
}

/** All contributions of one Ingress, as the route builder asks for them. */
export interface Settings {
  readonly ingress: IngressSettings
  /** Settings for all services, then those that name it. */
  readonly forService: (name: string) => ServiceSettings
  /** Every service that an annotation names. */
  readonly named: readonly string[]
}

/** Adds contributions up: what names a service wins over what is for all. */
export function combine(contributions: readonly Contribution[]): Settings {
  const services = contributions.flatMap((one) => one.services ?? [])
  const ingress = Object.assign({}, ...contributions.map((one) => one.ingress ?? {})) as IngressSettings
  const general = services.filter((one) => one.names === undefined)
  const made = new Map<string, ServiceSettings>()
  const forService = (name: string): ServiceSettings => {
    const own = services.filter((one) => one.names?.includes(name))
    return Object.assign({}, ...[...general, ...own].map((one) => one.settings))
  }
  return {
    ingress,
    forService: (name) => {
      const settings = made.get(name) ?? forService(name)
      made.set(name, settings)
      return settings
    },
    named: [...new Set(services.flatMap((one) => one.names ?? []))],
  }
}
