// What probes and lifecycle handlers must satisfy; texts as in core's validation.
import type { FieldError } from '../kind.ts'
import { forbidden, invalid, notSupported, required } from '../validation/field-error.ts'
import { portName, portNumber } from '../validation/names.ts'
import type { Handler, Probe } from './pod-type.ts'

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const
const SCHEMES = ['HTTP', 'HTTPS']

/** `must be greater than or equal to 0`, when the number is not. */
export function nonNegative(field: string, value: number, shown: unknown = value): FieldError[] {
  return value < 0 ? [invalid(field, shown, 'must be greater than or equal to 0')] : []
}

/** Errors of a probe; liveness and startup probes succeed at the first success. */
export function probeErrors(probe: Probe | undefined, field: string, once: boolean): FieldError[] {
  if (!probe) return []
  const errors = handlerErrors(probe, field)
  for (const name of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    errors.push(...nonNegative(`${field}.${name}`, probe[name] ?? 0))
  }
  const { successThreshold, terminationGracePeriodSeconds: grace } = probe
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(`${field}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'))
  }
  if (once && successThreshold !== 1) {
    errors.push(invalid(`${field}.successThreshold`, successThreshold ?? 0, 'must be 1'))
  }
  if (!once && grace !== undefined) {
    errors.push(
      invalid(`${field}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'),
    )
  }
  return errors
}

/** Errors of a handler: exactly one kind of action, complete. */
export function handlerErrors(handler: Handler, field: string): FieldError[] {
  const present = HANDLERS.filter((name) => handler[name] !== undefined)
  const [first, ...others] = present
  if (first === undefined) return [required(field, 'must specify a handler type')]
  return [
    ...actionErrors(handler, first, `${field}.${first}`),
    ...others.map((name) => forbidden(`${field}.${name}`, 'may not specify more than 1 handler type')),
  ]
}

function actionErrors(handler: Handler, name: (typeof HANDLERS)[number], field: string): FieldError[] {
  switch (name) {
    case 'exec':
      return handler.exec?.command?.length ? [] : [required(`${field}.command`)]
    case 'httpGet': {
      const { path, port, scheme = '' } = handler.httpGet ?? {}
      return [
        ...(path ? [] : [required(`${field}.path`)]),
        ...portErrors(port, `${field}.port`),
        ...(SCHEMES.includes(scheme) ? [] : [notSupported(`${field}.scheme`, scheme, SCHEMES)]),
      ]
    }
    case 'tcpSocket':
      return portErrors(handler.tcpSocket?.port, `${field}.port`)
    case 'grpc':
      return portErrors(handler.grpc?.port ?? 0, `${field}.port`)
    default: {
      const seconds = handler.sleep?.seconds ?? 0
      return nonNegative(`${field}.seconds`, seconds)
    }
  }
}

function portErrors(port: number | string | undefined, field: string): FieldError[] {
  if (port === undefined) return [required(field)]
  const messages = typeof port === 'number' ? portNumber(port) : portName(port)
  return messages.map((message) => invalid(field, port, message))
}
