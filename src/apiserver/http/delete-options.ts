// DeleteOptions, from the body or from the query of a DELETE.

import { decodeBody } from '../codec/decode-body.ts'
import type { FieldError } from '../kind.ts'
import { builtinSchema } from '../openapi/builtin-schema.ts'
import type { DeleteOptions } from '../pipeline/delete.ts'
import { flag, number } from '../pipeline/list-options.ts'
import { invalidOptions } from '../status-error.ts'
import { invalid, notSupported } from '../validation/field-error.ts'

const POLICIES = ['Foreground', 'Background', 'Orphan'] as const
type Loose = { -readonly [K in keyof DeleteOptions]: DeleteOptions[K] } & { dryRun?: readonly string[] }

/** What the body says, or, when there is none, the query. Throws ApiError. */
export function deleteOptions(
  body: Uint8Array,
  contentType: string | undefined,
  query: URLSearchParams,
): DeleteOptions & { readonly dryRun: boolean } {
  const options: Loose = body.length > 0 ? fromBody(body, contentType) : fromQuery(query)
  const { propagationPolicy, orphanDependents, dryRun = [] } = options
  const errors: FieldError[] = []
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    errors.push(
      invalid(
        'propagationPolicy',
        propagationPolicy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    )
  }
  if (propagationPolicy !== undefined && !POLICIES.includes(propagationPolicy)) {
    errors.push(notSupported('propagationPolicy', propagationPolicy, POLICIES))
  }
  if (dryRun.some((one) => one !== 'All')) errors.push(notSupported('dryRun', dryRun, ['All']))
  if (errors.length > 0) throw invalidOptions('DeleteOptions', errors)
  return { ...options, dryRun: dryRun.length > 0 || query.has('dryRun') }
}

function fromBody(body: Uint8Array, contentType: string | undefined): Loose {
  // Clients send it under v1, meta.k8s.io/v1 or the version of what they delete; the fields are the same everywhere.
  const target = {
    group: '',
    version: 'v1',
    kind: 'DeleteOptions',
    schema: builtinSchema('', 'v1', 'DeleteOptions'),
    builtin: true,
  }
  return decodeBody({ contentType, body, fieldValidation: 'Ignore', target }).object as unknown as Loose
}

function fromQuery(query: URLSearchParams): Loose {
  const grace = number(query, 'gracePeriodSeconds')
  const policy = query.get('propagationPolicy') || undefined
  const orphan = flag(query, 'orphanDependents')
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(policy === undefined ? {} : { propagationPolicy: policy as (typeof POLICIES)[number] }),
    ...(orphan === undefined ? {} : { orphanDependents: orphan }),
  }
}
