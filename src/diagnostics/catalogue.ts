// All diagnostic codes. A code is declared once, in the family file beside its kin, and never reused; docs/diagnostics.md is made from this.
import type { CodeEntry } from './code-entry.ts'
import { certificateCodes } from './codes/certificates.ts'
import { engineCodes } from './codes/engine.ts'
import { gatewayCodes } from './codes/gateway.ts'
import { hopCodes } from './codes/hops.ts'
import { ingressCodes } from './codes/ingress.ts'
import { inputCodes } from './codes/input.ts'
import { providerCodes } from './codes/provider.ts'
import { routingCodes } from './codes/routing.ts'
import { securityCodes } from './codes/security.ts'
import { telemetryCodes } from './codes/telemetry.ts'
import { workloadCodes } from './codes/workload.ts'

export const catalogue = {
  ...inputCodes,
  ...certificateCodes,
  ...ingressCodes,
  ...gatewayCodes,
  ...routingCodes,
  ...securityCodes,
  ...workloadCodes,
  ...engineCodes,
  ...providerCodes,
  ...hopCodes,
  ...telemetryCodes,
} satisfies Record<string, CodeEntry>

export type Code = keyof typeof catalogue
