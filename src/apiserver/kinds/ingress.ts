// Ingress: HTTP rules at the edge. One stored object with three faces: networking.k8s.io/v1 and the two that the API gave up in 1.22.
import { isIP } from 'node:net'
import { INGRESS, INGRESS_CLASS } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { FieldError, KindDefinition, RuleContext } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { invalid, notSupported, required } from '../validation/field-error.ts'
import { dns1123Subdomain, wildcardSubdomain } from '../validation/names.ts'
import { AGE, age, column, NAME } from './columns.ts'
import { backendErrors, type IngressBackend } from './ingress-backend.ts'
import { type Ingress, type IngressPath, ingressFromStorage, ingressToStorage } from './ingress-faces.ts'
import { loadBalancerErrors, loadBalancerText } from './load-balancer-status.ts'

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'
const DEFAULT_CLASS_ANNOTATION = 'ingressclass.kubernetes.io/is-default-class'
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix']
const BAD_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F']
const BAD_SUFFIXES = ['/..', '/.']
const SHOWN_HOSTS = 3

const oldFace = (group: string, since: string) =>
  builtinVersion(group, 'v1beta1', 'Ingress', {
    toStorage: ingressToStorage,
    fromStorage: ingressFromStorage,
    deprecated: `${group}/v1beta1 Ingress is deprecated in ${since}+, unavailable in v1.22+; use networking.k8s.io/v1 Ingress`,
  })

export const ingressKind: KindDefinition = {
  ref: INGRESS,
  singular: 'ingress',
  listKind: 'IngressList',
  shortNames: ['ing'],
  categories: [],
  versions: [
    builtinVersion('networking.k8s.io', 'v1', 'Ingress'),
    oldFace('networking.k8s.io', 'v1.19'),
    oldFace('extensions', 'v1.14'),
  ],
  subresources: { status: true },
  builtin: true,

  default: (object) => {
    const { status } = object as Ingress
    return { ...object, status: { ...status, loadBalancer: status?.loadBalancer ?? {} } } as Ingress
  },

  prepare: (object, old, context) => (old ? object : withDefaultClass(object as Ingress, context)),

  validate: (object, old, { subresource }) => {
    const ingress = object as Ingress
    if (subresource === 'status') return loadBalancerErrors(ingress.status?.loadBalancer)
    return [...specErrors(ingress.spec ?? {}), ...(old ? [] : classErrors(ingress))]
  },

  warnings: (object, old) => {
    const { metadata, spec } = object as Ingress
    return !old && metadata.annotations?.[CLASS_ANNOTATION] !== undefined && !spec?.ingressClassName
      ? [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`]
      : []
  },

  table: {
    columns: [
      NAME,
      column('Class', 'string', 'The IngressClass whose controller serves it.'),
      column('Hosts', 'string', 'Host names of its rules.'),
      column('Address', 'string', 'Where it is served.'),
      column('Ports', 'string', '80, and 443 when it has TLS.'),
      AGE,
    ],
    cells: (object, now) => {
      const { metadata, spec, status } = object as Ingress
      return [
        metadata.name,
        spec?.ingressClassName ?? '<none>',
        hostsText((spec?.rules ?? []).map((rule) => rule.host ?? '')),
        loadBalancerText(status?.loadBalancer),
        (spec?.tls?.length ?? 0) > 0 ? '80, 443' : '80',
        age(object, now),
      ]
    },
  },
}

/** A new Ingress that names no class gets the cluster's default one; of several, the newest. */
function withDefaultClass(ingress: Ingress, context: RuleContext): KubeObject {
  const named =
    ingress.spec?.ingressClassName !== undefined ||
    ingress.metadata.annotations?.[CLASS_ANNOTATION] !== undefined
  if (named) return ingress
  const since = (one: KubeObject): string => one.metadata.creationTimestamp ?? ''
  const [found] = context
    .list(INGRESS_CLASS)
    .filter((one) => one.metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] === 'true')
    .sort((a, b) => since(b).localeCompare(since(a)) || a.metadata.name.localeCompare(b.metadata.name))
  if (!found) return ingress
  return { ...ingress, spec: { ...ingress.spec, ingressClassName: found.metadata.name } } as Ingress
}

function classErrors({ metadata, spec }: Ingress): FieldError[] {
  const annotation = metadata.annotations?.[CLASS_ANNOTATION]
  const name = spec?.ingressClassName
  if (annotation === undefined || name === undefined || annotation === name) return []
  const detail = 'must match `ingressClassName` when both are specified'
  return [invalid(`annotations.${CLASS_ANNOTATION}`, annotation, detail)]
}

function specErrors(spec: NonNullable<Ingress['spec']>): FieldError[] {
  const errors: FieldError[] = []
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec
  if (rules.length === 0 && !defaultBackend) {
    errors.push(invalid('spec', spec.rules ?? null, 'either `defaultBackend` or `rules` must be specified'))
  }
  if (defaultBackend) errors.push(...backendErrors(defaultBackend, 'spec.defaultBackend'))
  rules.forEach(({ host = '', http }, index) => {
    const field = `spec.rules[${index}]`
    if (host !== '') {
      if (isIP(host) !== 0)
        errors.push(invalid(`${field}.host`, host, 'must be a DNS name, not an IP address'))
      errors.push(...hostErrors(host, `${field}.host`))
    }
    if (!http) return
    const paths = http.paths ?? []
    if (paths.length === 0) errors.push(required(`${field}.http.paths`))
    paths.forEach((path, at) => {
      errors.push(...pathErrors(path, `${field}.http.paths[${at}]`))
    })
  })
  tls.forEach(({ hosts = [], secretName }, index) => {
    const field = `spec.tls[${index}]`
    hosts.forEach((host, at) => {
      errors.push(...hostErrors(host, `${field}.hosts[${at}]`))
    })
    if (secretName) {
      errors.push(
        ...dns1123Subdomain(secretName).map((text) => invalid(`${field}.secretName`, secretName, text)),
      )
    }
  })
  if (ingressClassName !== undefined) {
    const field = 'spec.ingressClassName'
    errors.push(...dns1123Subdomain(ingressClassName).map((text) => invalid(field, ingressClassName, text)))
  }
  return errors
}

function hostErrors(host: string, field: string): FieldError[] {
  const messages = host.includes('*') ? wildcardSubdomain(host) : dns1123Subdomain(host)
  return messages.map((message) => invalid(field, host, message))
}

function pathErrors(
  { path = '', pathType, backend }: IngressPath<IngressBackend>,
  field: string,
): FieldError[] {
  if (pathType === undefined) return [required(`${field}.pathType`, 'pathType must be specified')]
  const errors: FieldError[] = []
  const at = `${field}.path`
  const strict = pathType === 'Exact' || pathType === 'Prefix'
  if (!PATH_TYPES.includes(pathType)) errors.push(notSupported(`${field}.pathType`, pathType, PATH_TYPES))
  else if (!path.startsWith('/') && (strict || path !== '')) {
    errors.push(invalid(at, path, 'must be an absolute path'))
  }
  if (strict) {
    const sequences = BAD_SEQUENCES.filter((sequence) => path.includes(sequence))
    errors.push(...sequences.map((sequence) => invalid(at, path, `must not contain '${sequence}'`)))
    const suffixes = BAD_SUFFIXES.filter((suffix) => path.endsWith(suffix))
    errors.push(...suffixes.map((suffix) => invalid(at, path, `cannot end with '${suffix}'`)))
  }
  return [...errors, ...backendErrors(backend, `${field}.backend`)]
}

function hostsText(hosts: readonly string[]): string {
  const named = hosts.filter((host) => host !== '')
  if (named.length === 0) return '*'
  const shown = named.slice(0, SHOWN_HOSTS).join(',')
  return named.length > SHOWN_HOSTS ? `${shown} + ${hosts.length - SHOWN_HOSTS} more...` : shown
}
