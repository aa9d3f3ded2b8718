// All built-in kinds that the API serves, in the order of discovery (networking.k8s.io before extensions).
import type { KindDefinition } from './kind.ts'

export const builtinKinds: readonly KindDefinition[] = []
