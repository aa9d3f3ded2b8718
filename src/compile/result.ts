// What compile returns: the model, what is wrong, and what to write back.
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { ObjectRef } from '../diagnostics/origin.ts'
import type { Model } from '../ir/proxy.ts'

/** What `status/` writes to one object. Absent parts are left as they are. */
export interface StatusUpdate {
  readonly object: ObjectRef
  readonly conditions?: readonly {
    readonly type: string
    readonly status: 'True' | 'False'
    readonly reason: string
    readonly message: string
  }[]
  /** Ingress addresses (`status.loadBalancer.ingress[].ip`). */
  readonly loadBalancer?: readonly string[]
  /** Sent once per change of text (an event that is already there is counted up, not repeated). */
  readonly events?: readonly {
    readonly type: 'Normal' | 'Warning'
    readonly reason: string
    readonly message: string
    /** The component that speaks: the ALB's name, `istiod`, `sallyport`. */
    readonly source: string
  }[]
}

export interface CompileResult {
  readonly model: Model
  readonly status: readonly StatusUpdate[]
  readonly diagnostics: readonly Diagnostic[]
  /** The next time (ms since the epoch) at which the same objects give another model: a certificate begins or ends. */
  readonly validUntil?: number
}
