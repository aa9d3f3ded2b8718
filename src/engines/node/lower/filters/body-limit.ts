// body-limit: the most bytes a request body may have.
import type { Filter } from '../../../../ir/filter.ts'

export interface BodyLimitPlan {
  readonly kind: 'body-limit'
  /** 0: no limit. */
  readonly bytes: number
}

export function bodyLimitPlan(filter: Filter<'body-limit'>): BodyLimitPlan {
  return { kind: 'body-limit', bytes: filter.config.bytes }
}
