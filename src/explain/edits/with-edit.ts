// Finishes a trace that failed: what to change, as one edit of one object, and what compile said about it.
import { catalogue } from '../../diagnostics/catalogue.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Snapshot } from '../../resources/snapshot.ts'
import type { Hop, Outcome, Trace } from '../hop.ts'
import { hostOf } from '../select.ts'
import { allow } from './allow.ts'
import { type Edit, edit } from './edit.ts'
import { acceptClient, acceptServer, askFor, meshTls } from './handshake.ts'
import { resourceAt } from './resource-at.ts'
import { serveHost, serveName, serveRequest, terminate, withoutFault } from './routes.ts'

/** The trace with its edit, when there is one; `diagnostics` are those of the compile that made the model. */
export function withEdit(trace: Trace, snapshot: Snapshot, diagnostics: readonly Diagnostic[] = []): Trace {
  const { outcome } = trace
  if (outcome.ok) return trace
  const said = diagnostics.find(
    ({ code, message }) => code === outcome.reason && outcome.summary.endsWith(message),
  )
  const found = (said && fromDiagnostic(said, snapshot)) ?? editFor(trace, snapshot)
  const general = outcome.advice ?? said?.advice ?? (outcome.reason && catalogue[outcome.reason].fix)
  const advice = found?.advice ?? general
  return {
    ...trace,
    outcome: { ...outcome, ...(advice ? { advice } : {}), ...(found ? { edit: found } : {}) },
  }
}

function fromDiagnostic({ fix, origin }: Diagnostic, snapshot: Snapshot): Edit | undefined {
  const resource = fix && resourceAt(snapshot, origin)
  return fix && resource ? edit(resource, fix.field, fix.value) : undefined
}

function editFor(trace: Trace, snapshot: Snapshot): Edit | undefined {
  const { outcome, hops } = trace
  const hop = hops[outcome.hop]
  if (!hop) return undefined
  const before = hops[outcome.hop - 1]
  switch (outcome.cause) {
    case 'no-chain':
      return noChain(outcome, hop, before, trace, snapshot)
    case 'server-refused':
      return acceptServer(before, hop.tls, outcome.why, snapshot)
    case 'client-refused':
      return acceptClient(hop, before, outcome.why, snapshot)
    case 'no-host':
      return serveHost(hop, hostOf(hop.authority ?? ''), snapshot)
    case 'no-route':
      return serveRequest(hop, trace, snapshot)
    case 'denied':
      return allow(hop, trace, snapshot)
    case 'fault':
      return withoutFault(hop, snapshot)
    default:
      return undefined
  }
}

function noChain(
  { sni }: Outcome,
  hop: Hop,
  before: Hop | undefined,
  { request }: Trace,
  snapshot: Snapshot,
): Edit | undefined {
  if (hop.proxy.kind === 'sidecar') return meshTls(before, snapshot)
  if (hop.proxy.kind === 'alb') return sni === undefined ? undefined : terminate(sni, snapshot)
  // Between the doors the first one is told which name to ask for: that of the second.
  const served = (hop.served ?? []).filter((name) => !name.startsWith('*') && name !== hostOf(request.host))
  const [name] = served
  const asked =
    before && name !== undefined && served.length === 1 ? askFor(before, name, snapshot) : undefined
  return asked ?? serveName(hop, sni, snapshot)
}
