// The steps that other rooms put between defaulting and validation of the API.
import type { AdmissionPlugin } from '../../apiserver/kind.ts'
import { injectionPlugin } from '../../cluster/injection/plugin.ts'
import { certificateWarnings } from './certificate-warnings.ts'
import { notActedOn } from './not-acted-on.ts'
import { refuseUnenforceable } from './refuse-unenforceable.ts'

/** In the order in which they run. */
export const admissionPlugins: readonly AdmissionPlugin[] = [
  injectionPlugin,
  refuseUnenforceable,
  certificateWarnings,
  notActedOn,
]
