// A container's variables: Service links, envFrom, env, with everything they refer to.

import type { Locate } from '../addresses/locate.ts'
import type { ConfigMap, Secret } from '../objects/namespace.ts'
import type { Container, EnvVar, Pod } from '../objects/pod.ts'
import type { Service } from '../objects/service.ts'
import { fieldValue, type NodeAmounts, type PodPlace, resourceValue } from './downward.ts'
import { expand } from './expand.ts'

/** Objects of the pod's namespace, by name. */
export interface References {
  readonly configMap: (name: string) => ConfigMap | undefined
  readonly secret: (name: string) => Secret | undefined
}

export interface EnvironmentInput {
  readonly pod: Pod
  readonly container: Container
  readonly references: References
  readonly place: PodPlace
  readonly node: NodeAmounts
  /** What comes first and is overridden by the spec. */
  readonly base: Readonly<Record<string, string>>
}

/** The variables, or why the container cannot be created (`CreateContainerConfigError`). */
export function containerEnvironment(
  input: EnvironmentInput,
): { readonly env: Readonly<Record<string, string>> } | { readonly problem: string } {
  const env: Record<string, string> = { ...input.base }
  for (const source of input.container.envFrom ?? []) {
    const reference = source.configMapRef ?? source.secretRef
    if (!reference) continue
    const values = source.configMapRef
      ? input.references.configMap(reference.name)?.data
      : decoded(input.references.secret(reference.name))
    if (values === undefined && !exists(input.references, source) && !reference.optional) {
      return { problem: `${source.configMapRef ? 'configmap' : 'secret'} "${reference.name}" not found` }
    }
    for (const [key, value] of Object.entries(values ?? {})) env[`${source.prefix ?? ''}${key}`] = value
  }
  for (const variable of input.container.env ?? []) {
    const value = valueOf(variable, input, env)
    if (value !== undefined && typeof value === 'object') return value
    if (value !== undefined) env[variable.name] = value
  }
  return { env }
}

function exists(
  references: References,
  source: {
    readonly configMapRef?: { readonly name: string }
    readonly secretRef?: { readonly name: string }
  },
): boolean {
  return source.configMapRef
    ? references.configMap(source.configMapRef.name) !== undefined
    : references.secret(source.secretRef?.name ?? '') !== undefined
}

/** Undefined: an optional reference that leads nowhere, the variable is left out. */
function valueOf(
  variable: EnvVar,
  input: EnvironmentInput,
  env: Readonly<Record<string, string>>,
): string | undefined | { readonly problem: string } {
  const from = variable.valueFrom
  if (!from) return expand(variable.value ?? '', env)
  if (from.fieldRef) return fieldValue(input.pod, input.place, from.fieldRef.fieldPath) ?? ''
  if (from.resourceFieldRef) {
    return resourceValue(input.pod, input.container.name, from.resourceFieldRef, input.node)
  }
  const selector = from.configMapKeyRef ?? from.secretKeyRef
  if (!selector) return ''
  const [kind, object, values] = from.configMapKeyRef
    ? (['configmap', input.references.configMap(selector.name), undefined] as const)
    : (['secret', undefined, input.references.secret(selector.name)] as const)
  const data = object ? object.data : decoded(values)
  const value = data?.[selector.key]
  if (value !== undefined || selector.optional) return value
  if (!object && !values) return { problem: `${kind} "${selector.name}" not found` }
  const shown = kind === 'configmap' ? 'ConfigMap' : 'Secret'
  return {
    problem: `couldn't find key ${selector.key} in ${shown} ${input.pod.metadata.namespace}/${selector.name}`,
  }
}

function decoded(secret: Secret | undefined): Record<string, string> | undefined {
  if (!secret) return undefined
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  )
}

/** `HTTPBIN_SERVICE_HOST`, `HTTPBIN_SERVICE_PORT[_NAME]` of the namespace's Services and of `kubernetes`, at their real places. */
export function serviceLinks(
  services: Iterable<Service>,
  namespace: string,
  locate: Locate,
): Record<string, string> {
  const env: Record<string, string> = {}
  for (const service of services) {
    const { name, namespace: own } = service.metadata
    if (own !== namespace && !(own === 'default' && name === 'kubernetes')) continue
    const address = service.spec.clusterIP
    const ports = service.spec.ports ?? []
    if (!address || address === 'None' || ports.length === 0) continue
    const prefix = name.toUpperCase().replaceAll('-', '_')
    for (const [index, port] of ports.entries()) {
      const place = locate(address, port.port)
      env[`${prefix}_SERVICE_HOST`] = place.host
      if (index === 0) env[`${prefix}_SERVICE_PORT`] = String(place.port)
      if (port.name)
        env[`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`] = String(place.port)
    }
  }
  return env
}
