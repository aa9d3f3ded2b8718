// jwt: tokens of RequestAuthentication. The keys are imported where they are used, once.
import type { Filter } from '../../../../ir/filter.ts'
import type { JwtProvider } from '../../../../ir/jwt.ts'

export interface JwtPlan {
  readonly kind: 'jwt'
  readonly providers: readonly JwtProvider[]
}

export function jwtPlan({ config }: Filter<'jwt'>): JwtPlan {
  return { kind: 'jwt', providers: config.providers }
}
