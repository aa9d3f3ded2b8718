// What a container must satisfy; texts as in core's validation.
import { parseQuantity } from '../codec/quantity.ts'
import type { FieldError } from '../kind.ts'
import { duplicate, forbidden, invalid, notFound, notSupported, required } from '../validation/field-error.ts'
import { dns1123Label, envVarName, portName, portNumber } from '../validation/names.ts'
import type { Container, ContainerPort, EnvVar, VolumeMount } from './pod-type.ts'
import { handlerErrors, nonNegative, probeErrors } from './probe-validation.ts'

export const PROTOCOLS = ['SCTP', 'TCP', 'UDP']
const PULL = ['Always', 'IfNotPresent', 'Never']
const MESSAGE = ['File', 'FallbackToLogsOnError']

/** All errors of a defaulted container at `field`; `volumes` are the names that it may mount. */
export function containerErrors(
  container: Container,
  volumes: ReadonlySet<string>,
  field: string,
  init: boolean,
): FieldError[] {
  const { name, image, imagePullPolicy = '', terminationMessagePolicy = '' } = container
  const errors: FieldError[] = []
  if (!name) errors.push(required(`${field}.name`))
  else errors.push(...dns1123Label(name).map((message) => invalid(`${field}.name`, name, message)))
  if (!image) errors.push(required(`${field}.image`))
  else if (image.trim() !== image) {
    errors.push(invalid(`${field}.image`, image, 'must not have leading or trailing whitespace'))
  }
  if (!MESSAGE.includes(terminationMessagePolicy)) {
    errors.push(notSupported(`${field}.terminationMessagePolicy`, terminationMessagePolicy, MESSAGE))
  }
  errors.push(
    ...portErrors(container.ports ?? [], `${field}.ports`),
    ...envErrors(container.env ?? [], `${field}.env`),
    ...envFromErrors(container.envFrom ?? [], `${field}.envFrom`),
    ...mountErrors(container.volumeMounts ?? [], volumes, `${field}.volumeMounts`),
  )
  if (!PULL.includes(imagePullPolicy)) {
    errors.push(notSupported(`${field}.imagePullPolicy`, imagePullPolicy, PULL))
  }
  return [
    ...errors,
    ...resourceErrors(container, `${field}.resources`),
    ...lifeErrors(container, field, init),
  ]
}

function lifeErrors(container: Container, field: string, init: boolean): FieldError[] {
  const { restartPolicy, lifecycle, livenessProbe, readinessProbe, startupProbe } = container
  const errors: FieldError[] = []
  const sidecar = init && restartPolicy === 'Always'
  if (restartPolicy !== undefined && !init) {
    errors.push(forbidden(`${field}.restartPolicy`, 'may not be set for non-init containers'))
  } else if (restartPolicy !== undefined && restartPolicy !== 'Always') {
    errors.push(notSupported(`${field}.restartPolicy`, restartPolicy, ['Always']))
  }
  if (init && !sidecar) {
    const parts = { lifecycle, livenessProbe, readinessProbe, startupProbe }
    for (const [name, value] of Object.entries(parts)) {
      if (value)
        errors.push(
          forbidden(`${field}.${name}`, 'may not be set for init containers without restartPolicy=Always'),
        )
    }
    return errors
  }
  if (lifecycle?.postStart) errors.push(...handlerErrors(lifecycle.postStart, `${field}.lifecycle.postStart`))
  if (lifecycle?.preStop) errors.push(...handlerErrors(lifecycle.preStop, `${field}.lifecycle.preStop`))
  return [
    ...errors,
    ...probeErrors(livenessProbe, `${field}.livenessProbe`, true),
    ...probeErrors(readinessProbe, `${field}.readinessProbe`, false),
    ...probeErrors(startupProbe, `${field}.startupProbe`, true),
  ]
}

function portErrors(ports: readonly ContainerPort[], field: string): FieldError[] {
  const names = new Set<string>()
  return ports.flatMap((port, index) => {
    const path = `${field}[${index}]`
    const errors: FieldError[] = []
    const { name, containerPort, hostPort, protocol = '' } = port
    if (name) {
      const wrong = portName(name).map((message) => invalid(`${path}.name`, name, message))
      errors.push(...wrong)
      if (wrong.length === 0 && names.has(name)) errors.push(duplicate(`${path}.name`, name))
      names.add(name)
    }
    if (!containerPort) errors.push(required(`${path}.containerPort`))
    else {
      errors.push(
        ...portNumber(containerPort).map((message) =>
          invalid(`${path}.containerPort`, containerPort, message),
        ),
      )
    }
    if (hostPort) {
      errors.push(...portNumber(hostPort).map((message) => invalid(`${path}.hostPort`, hostPort, message)))
    }
    if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS))
    return errors
  })
}

const SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const

function envErrors(env: readonly EnvVar[], field: string): FieldError[] {
  return env.flatMap(({ name, value, valueFrom }, index) => {
    const path = `${field}[${index}]`
    const errors: FieldError[] = []
    if (!name) errors.push(required(`${path}.name`))
    else errors.push(...envVarName(name).map((message) => invalid(`${path}.name`, name, message)))
    if (!valueFrom) return errors
    const at = `${path}.valueFrom`
    const sources = SOURCES.filter((source) => valueFrom[source] !== undefined)
    if (sources.length === 0) {
      errors.push(
        invalid(
          at,
          '',
          'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
        ),
      )
    } else if (value) errors.push(invalid(at, '', 'may not be specified when `value` is not empty'))
    else if (sources.length > 1) {
      errors.push(invalid(at, '', 'may not have more than one field specified at a time'))
    }
    return [...errors, ...sourceErrors(valueFrom, at)]
  })
}

/** Fields of a pod that environment variables may carry, `metadata.labels['x']` and annotations apart. */
const FIELD_PATHS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]

function sourceErrors(valueFrom: NonNullable<EnvVar['valueFrom']>, field: string): FieldError[] {
  const errors: FieldError[] = []
  const path = valueFrom.fieldRef?.fieldPath
  if (valueFrom.fieldRef && !path) errors.push(required(`${field}.fieldRef.fieldPath`))
  else if (path && !/^metadata\.(labels|annotations)\['.+'\]$/.test(path) && !FIELD_PATHS.includes(path)) {
    errors.push(notSupported(`${field}.fieldRef.fieldPath`, path, FIELD_PATHS))
  }
  for (const source of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const ref = valueFrom[source]
    if (ref && !ref.name) errors.push(required(`${field}.${source}.name`))
    if (ref && !ref.key) errors.push(required(`${field}.${source}.key`))
  }
  return errors
}

function envFromErrors(sources: readonly Readonly<Record<string, unknown>>[], field: string): FieldError[] {
  return sources.flatMap((source, index) => {
    const path = `${field}[${index}]`
    const refs = (['configMapRef', 'secretRef'] as const).filter((name) => source[name] !== undefined)
    if (refs.length === 0) return [invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`')]
    if (refs.length > 1) return [invalid(path, '', 'may not have more than one field specified at a time')]
    return refs.flatMap((ref) =>
      (source[ref] as { name?: string }).name ? [] : [required(`${path}.${ref}.name`)],
    )
  })
}

function mountErrors(
  mounts: readonly VolumeMount[],
  volumes: ReadonlySet<string>,
  field: string,
): FieldError[] {
  const paths = new Set<string>()
  return mounts.flatMap(({ name = '', mountPath = '', subPath = '' }, index) => {
    const path = `${field}[${index}]`
    const errors: FieldError[] = []
    if (!name) errors.push(required(`${path}.name`))
    if (!volumes.has(name)) errors.push(notFound(`${path}.name`, name))
    if (!mountPath) errors.push(required(`${path}.mountPath`))
    if (paths.has(mountPath)) errors.push(invalid(`${path}.mountPath`, mountPath, 'must be unique'))
    paths.add(mountPath)
    if (subPath.startsWith('/')) errors.push(invalid(`${path}.subPath`, subPath, 'must be a relative path'))
    if (subPath.split('/').includes('..'))
      errors.push(invalid(`${path}.subPath`, subPath, "must not contain '..'"))
    return errors
  })
}

function resourceErrors({ resources }: Container, field: string): FieldError[] {
  const { limits = {}, requests = {} } = resources ?? {}
  const errors: FieldError[] = []
  for (const [list, amounts] of [
    ['limits', limits],
    ['requests', requests],
  ] as const) {
    for (const [resource, amount] of Object.entries(amounts)) {
      const quantity = parseQuantity(String(amount))
      if (quantity)
        errors.push(...nonNegative(`${field}.${list}[${resource}]`, Number(quantity.nano), amount))
    }
  }
  for (const [resource, amount] of Object.entries(requests)) {
    const limit = limits[resource]
    const [wanted, most] = [
      parseQuantity(String(amount)),
      limit === undefined ? undefined : parseQuantity(String(limit)),
    ]
    if (wanted && most && wanted.nano > most.nano) {
      errors.push(
        invalid(`${field}.requests`, amount, `must be less than or equal to ${resource} limit of ${limit}`),
      )
    }
  }
  return errors
}
