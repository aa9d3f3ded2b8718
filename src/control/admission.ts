// The steps that other rooms put between defaulting and validation of the API.
import type { AdmissionPlugin } from '../apiserver/kind.ts'

/** In the order in which they run. */
export function admissionPlugins(): readonly AdmissionPlugin[] {
  return []
}
