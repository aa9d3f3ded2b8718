// Holds the answer to a write until what it changed is served: `kubectl apply` followed by `curl` works like that in a shell script.
import type { KindRef } from '../resources/object.ts'
import type { Loop } from './loop/loop.ts'

/** An answer waits no longer than this: a model that takes longer comes into force after its write was acknowledged. */
const LIMIT_MS = 500

const GROUPS = ['networking.k8s.io', 'networking.istio.io', 'security.istio.io', 'telemetry.istio.io']
const CORE = ['Secret', 'Service']

/** Whether a model is made of this kind by its users. Pods, endpoints and the like come into force in their own time. */
export function isRouting(kind: Pick<KindRef, 'group' | 'kind'>): boolean {
  return GROUPS.includes(kind.group) || (kind.group === '' && CORE.includes(kind.kind))
}

/** Resolves when every change made so far is served, or after half a second. */
export async function inForce(loop: Pick<Loop, 'settled'>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LIMIT_MS)
  })
  await Promise.race([loop.settled(), limit])
  clearTimeout(timer)
}
