// The old faces of Ingress (extensions/v1beta1, networking.k8s.io/v1beta1) over the one stored form, networking.k8s.io/v1. Both ways keep all that either side can say.
import type { KubeObject } from '../../resources/object.ts'
import type { IngressBackend, ResourceReference } from './ingress-backend.ts'

export interface IngressPath<Backend> {
  readonly path?: string
  readonly pathType?: string
  readonly backend?: Backend
}
export interface IngressRule<Backend> {
  readonly host?: string
  readonly http?: { readonly paths?: readonly IngressPath<Backend>[] }
}

/** networking.k8s.io/v1. */
export interface Ingress extends KubeObject {
  readonly spec?: {
    readonly ingressClassName?: string
    readonly defaultBackend?: IngressBackend
    readonly rules?: readonly IngressRule<IngressBackend>[]
    readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[]
  }
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { ip?: string; hostname?: string }[] }
  }
}

interface OldBackend {
  readonly serviceName?: string
  readonly servicePort?: number | string
  readonly resource?: ResourceReference
}
interface OldIngress extends KubeObject {
  readonly spec?: Omit<NonNullable<Ingress['spec']>, 'rules' | 'defaultBackend'> & {
    readonly backend?: OldBackend
    readonly rules?: readonly IngressRule<OldBackend>[]
  }
}

/** An Ingress of an old face in stored form. A path without pathType becomes ImplementationSpecific, the old faces' default. */
export function ingressToStorage(object: KubeObject): KubeObject {
  const old = object as OldIngress
  const ingress = { ...old, apiVersion: 'networking.k8s.io/v1' }
  if (!old.spec) return ingress
  const { backend, rules, ...rest } = old.spec
  const spec = {
    ...rest,
    ...(backend ? { defaultBackend: newBackend(backend) } : {}),
    ...(rules ? { rules: rules.map((rule) => mapPaths(rule, newBackend, 'ImplementationSpecific')) } : {}),
  }
  return { ...ingress, spec } as Ingress
}

/** A stored Ingress as the old faces show it; the caller sets apiVersion. */
export function ingressFromStorage(object: KubeObject): KubeObject {
  const ingress = object as Ingress
  if (!ingress.spec) return ingress
  const { defaultBackend, rules, ...rest } = ingress.spec
  const spec = {
    ...rest,
    ...(defaultBackend ? { backend: oldBackend(defaultBackend) } : {}),
    ...(rules ? { rules: rules.map((rule) => mapPaths(rule, oldBackend)) } : {}),
  }
  return { ...ingress, spec } as KubeObject
}

function mapPaths<From, To>(
  rule: IngressRule<From>,
  convert: (backend: From) => To,
  pathType?: string,
): IngressRule<To> {
  if (!rule.http?.paths) return rule as IngressRule<never>
  const paths = rule.http.paths.map(({ backend, ...path }) => ({
    ...path,
    ...(pathType === undefined || path.pathType !== undefined ? {} : { pathType }),
    ...(backend ? { backend: convert(backend) } : {}),
  }))
  return { ...rule, http: { ...rule.http, paths } }
}

function newBackend({ serviceName, servicePort, ...rest }: OldBackend): IngressBackend {
  if (!serviceName && !servicePort) return rest
  const port = typeof servicePort === 'string' ? { name: servicePort } : { number: servicePort ?? 0 }
  return {
    ...rest,
    service: { ...(serviceName ? { name: serviceName } : {}), ...(servicePort ? { port } : {}) },
  }
}

function oldBackend({ service, ...rest }: IngressBackend): OldBackend {
  if (!service) return rest
  const servicePort = service.port?.name || service.port?.number
  return {
    ...rest,
    ...(service.name ? { serviceName: service.name } : {}),
    ...(servicePort ? { servicePort } : {}),
  }
}
