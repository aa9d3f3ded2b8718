// What differs between a hop that behaves as Envoy in Istio and one that behaves as the IKS ALB (nginx).
import type { HttpManager } from '../../../../../ir/listener.ts'
import type { HeaderBlock } from '../headers/header-block.ts'
import type { RequestContext } from '../request-context.ts'

export interface Profile {
  /** Before routing: client address, request id, headers a client may not set. */
  receive(context: RequestContext, manager: HttpManager): void
  /** Before a try: headers for the upstream. */
  forward(context: RequestContext, manager: HttpManager, timeoutMs: number): void
  /** On a response of the upstream. */
  respond(context: RequestContext, headers: HeaderBlock, manager: HttpManager): void
  /** The body of a response that the proxy itself makes; `text` is what Envoy would say. */
  page(status: number, text: string): { readonly body: string; readonly contentType: string }
  /** Status for what went wrong with an upstream, by response flag. */
  upstreamStatus(flag: string): number
  /** HTTP/1.0 clients are served. */
  readonly http10: boolean
  /** `Expect: 100-continue` is answered here, and not passed on. */
  readonly answersContinue: boolean
  /** 1xx of the upstream are passed on. */
  readonly passesInterim: boolean
}
