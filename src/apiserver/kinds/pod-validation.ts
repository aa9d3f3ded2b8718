// What a pod spec must satisfy, in a pod or a template; texts as in core's validation.
import type { FieldError } from '../kind.ts'
import { duplicate, invalid, notSupported, required } from '../validation/field-error.ts'
import { validateLabels } from '../validation/metadata.ts'
import { dns1123Label, dns1123Subdomain } from '../validation/names.ts'
import { containerErrors } from './container-validation.ts'
import type { PodSpec, Volume } from './pod-type.ts'
import { volumeErrors } from './volume-validation.ts'

/** All errors of a defaulted pod spec at `field`. */
export function podSpecErrors(spec: PodSpec, field: string): FieldError[] {
  const volumes = new Set((spec.volumes ?? []).map((volume: Volume) => volume.name ?? ''))
  return [
    ...volumeErrors(spec.volumes ?? [], `${field}.volumes`),
    ...containersErrors(spec, volumes, field),
    ...policyErrors(spec, field),
    ...nameErrors(spec, field),
  ]
}

function containersErrors(spec: PodSpec, volumes: ReadonlySet<string>, field: string): FieldError[] {
  const errors: FieldError[] = []
  const containers = spec.containers ?? []
  if (containers.length === 0) errors.push(required(`${field}.containers`))
  const names = new Set<string>()
  for (const list of ['containers', 'initContainers'] as const) {
    ;(spec[list] ?? []).forEach((container, index) => {
      const path = `${field}.${list}[${index}]`
      errors.push(...containerErrors(container, volumes, path, list === 'initContainers'))
      const { name } = container
      if (name && names.has(name)) errors.push(duplicate(`${path}.name`, name))
      if (name) names.add(name)
    })
  }
  return [...errors, ...hostPortErrors(spec, field)]
}

function hostPortErrors(spec: PodSpec, field: string): FieldError[] {
  const taken = new Set<string>()
  return (spec.containers ?? []).flatMap((container, at) =>
    (container.ports ?? []).flatMap(({ hostPort, protocol }, index) => {
      if (!hostPort) return []
      const key = `${protocol}/${hostPort}`
      const path = `${field}.containers[${at}].ports[${index}].hostPort`
      if (taken.has(key)) return [duplicate(path, key)]
      taken.add(key)
      return []
    }),
  )
}

const RESTART = ['Always', 'OnFailure', 'Never']
const DNS = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']

function policyErrors(spec: PodSpec, field: string): FieldError[] {
  const errors: FieldError[] = []
  const {
    restartPolicy = '',
    dnsPolicy = '',
    terminationGracePeriodSeconds: grace,
    activeDeadlineSeconds: deadline,
  } = spec
  if (!RESTART.includes(restartPolicy)) {
    errors.push(notSupported(`${field}.restartPolicy`, restartPolicy, RESTART))
  }
  if (!DNS.includes(dnsPolicy)) errors.push(notSupported(`${field}.dnsPolicy`, dnsPolicy, DNS))
  if (grace !== undefined && grace < 0) {
    errors.push(
      invalid(`${field}.terminationGracePeriodSeconds`, grace, 'must be greater than or equal to 0'),
    )
  }
  if (deadline !== undefined && (deadline < 1 || deadline > 2 ** 31 - 1)) {
    errors.push(
      invalid(`${field}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive'),
    )
  }
  return [...errors, ...tolerationErrors(spec, `${field}.tolerations`)]
}

function tolerationErrors(spec: PodSpec, field: string): FieldError[] {
  return (spec.tolerations ?? []).flatMap((toleration, index) => {
    const { key, operator, value } = toleration as { key?: string; operator?: string; value?: string }
    const path = `${field}[${index}]`
    if (!key && operator !== 'Exists') {
      return [
        invalid(
          `${path}.operator`,
          operator ?? '',
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      ]
    }
    if (operator === 'Exists' && value) {
      return [invalid(`${path}.operator`, toleration, "value must be empty when `operator` is 'Exists'")]
    }
    if (operator && operator !== 'Exists' && operator !== 'Equal') {
      return [notSupported(`${path}.operator`, operator, ['Equal', 'Exists'])]
    }
    return []
  })
}

function nameErrors(spec: PodSpec, field: string): FieldError[] {
  const named = (name: keyof PodSpec & string, check: (value: string) => string[]): FieldError[] => {
    const value = spec[name]
    if (typeof value !== 'string' || value === '') return []
    return check(value).map((message) => invalid(`${field}.${name}`, value, message))
  }
  return [
    ...validateLabels(spec.nodeSelector, `${field}.nodeSelector`),
    ...named('serviceAccountName', dns1123Subdomain),
    ...named('nodeName', dns1123Subdomain),
    ...named('hostname', dns1123Label),
    ...named('subdomain', dns1123Label),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, index) =>
      name ? [] : [required(`${field}.imagePullSecrets[${index}].name`)],
    ),
  ]
}
