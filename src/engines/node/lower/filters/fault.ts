// fault: delays and aborts on purpose (VirtualService fault).
import type { Filter, FilterConfig } from '../../../../ir/filter.ts'

export type FaultPlan = { readonly kind: 'fault' } & FilterConfig['fault']

export function faultPlan(filter: Filter<'fault'>): FaultPlan {
  return { kind: 'fault', ...filter.config }
}
