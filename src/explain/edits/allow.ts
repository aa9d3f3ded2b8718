// The rule that would let a caller through the ALLOW policies of a door.
import type { Snapshot } from '../../resources/snapshot.ts'
import type { Hop, Trace } from '../hop.ts'
import { append, type Edit } from './edit.ts'
import { resourceAt } from './resource-at.ts'

/** A rule for this caller and operation, in the first of the policies of which none matched. */
export function allow(hop: Hop, { request }: Trace, snapshot: Snapshot): Edit | undefined {
  const [origin] = hop.policies.find(({ allowed }) => !allowed)?.lacking ?? []
  const policy = origin && resourceAt(snapshot, origin)
  const principal = hop.tls?.client.given?.sans.uri.find((one) => one.startsWith('spiffe://'))
  // A rule without a caller would let everybody in.
  if (!policy || principal === undefined) return undefined
  const path = request.target.split('?', 1)[0]
  return append(policy, 'spec.rules', {
    from: [{ source: { principals: [principal.slice('spiffe://'.length)] } }],
    to: [{ operation: { methods: [request.method], paths: [path] } }],
  })
}
