// What a forwarding needs of the exchange that it serves.
import type { HttpManager } from '../../../../../ir/listener.ts'
import type { ProxyServices } from '../../proxy-services.ts'
import type { HeaderBlock } from '../headers/header-block.ts'
import type { LocalReply } from '../local-reply.ts'
import type { Downstream } from '../messages.ts'
import type { Profile } from '../profile/profile.ts'
import type { RequestContext } from '../request-context.ts'

/** The exchange that a forwarding serves. */
export interface ForwardingHost {
  readonly context: RequestContext
  readonly manager: HttpManager
  readonly profile: Profile
  readonly services: ProxyServices
  readonly downstream: Downstream
  readonly requestEnded: boolean
  /** Which of the route's clusters has the request. */
  readonly weighted: number
  responding: boolean
  reply(reply: LocalReply): void
  /** Response headers by cluster, route, host and filters. */
  decorate(headers: HeaderBlock): void
  finish(): void
  /** Ends a response that has begun and will not be whole. */
  cutOff(flag: string, details: string): void
}
