// What a cluster is started with.
import type { ImageCommand } from '../cluster/options.ts'
import type { IssuerProfile } from '../pki/issuer.ts'
import type { Platform } from '../resources/snapshot.ts'
import type { EngineChoice } from './engine/choice.ts'

export interface StartOptions {
  readonly name: string
  /** The folder that holds all clusters. */
  readonly root: string
  readonly ephemeral: boolean
  readonly engine: EngineChoice
  readonly issuerProfile: IssuerProfile
  readonly refreshCopies: boolean
  /** `images:` of sallyport.yaml. */
  readonly images?: Readonly<Record<string, ImageCommand>>
  /** Milliseconds; absent: 90 days, 37 days, 24 hours. */
  readonly certificateLifetimeMs?: number
  readonly renewBeforeMs?: number
  readonly meshCertificateLifetimeMs?: number
  readonly hops?: 'wire' | 'memory'
  /** Processes of the Node engine; absent: this one. */
  readonly workers?: number
  /** Where spans go when no object says otherwise. */
  readonly collector?: Platform['collector'] | undefined
  /** Told what is being done, for a terminal. */
  readonly progress?: (step: string) => void
  /** Takes lines for the log. */
  readonly log: (line: string) => void
}
