// The profile of an HTTP manager.
import type { HttpManager } from '../../../../../ir/listener.ts'
import type { Profile } from './profile.ts'
import { albProfile } from './profile-alb.ts'
import { istioProfile } from './profile-istio.ts'

export function profileOf(manager: HttpManager): Profile {
  return manager.profile === 'alb' ? albProfile : istioProfile
}
