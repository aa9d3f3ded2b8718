// The query parameters of the writing verbs (meta/v1 CreateOptions, UpdateOptions, PatchOptions).
import type { FieldError } from '../kind.ts'
import type { WriteOptions } from '../pipeline/request.ts'
import { invalidOptions } from '../status-error.ts'
import { invalid, notSupported } from '../validation/field-error.ts'
import type { Exchange } from './exchange.ts'

type Kind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions'
const MAX_MANAGER = 128
const VALIDATIONS = ['Ignore', 'Warn', 'Strict'] as const

/** Throws 422 for values that the options do not have. */
export function writeOptions(exchange: Exchange, kind: Kind): WriteOptions {
  const { query } = exchange
  const errors: FieldError[] = []
  const dryRun = query.getAll('dryRun')
  if (dryRun.some((one) => one !== 'All')) errors.push(notSupported('dryRun', dryRun, ['All']))
  const manager = query.get('fieldManager') ?? ''
  if (manager.length > MAX_MANAGER) {
    errors.push(invalid('fieldManager', manager, `may not be longer than ${MAX_MANAGER}`))
  }
  if (/\p{C}/u.test(manager))
    errors.push(invalid('fieldManager', manager, 'should only contain printable characters'))
  const validation = query.get('fieldValidation') || 'Warn'
  const fieldValidation = VALIDATIONS.find((one) => one === validation)
  if (!fieldValidation) errors.push(notSupported('fieldValidation', validation, VALIDATIONS))
  if (errors.length > 0) throw invalidOptions(kind, errors)
  return {
    user: exchange.user,
    fieldManager: manager || managerOf(exchange.request.headers['user-agent']),
    dryRun: dryRun.length > 0,
    fieldValidation: fieldValidation ?? 'Warn',
    warn: exchange.warn,
  }
}

/** The user agent up to its first slash: `kubectl`, `helm`, … */
function managerOf(userAgent: string | undefined): string {
  const name = (userAgent ?? '')
    .split('/')[0]
    ?.replace(/\P{ASCII}|\p{C}/gu, '')
    .slice(0, MAX_MANAGER)
  return name || 'unknown'
}
