// CUSTOM policies of one workload that name different authorizers: all of them deny there (authorization.ts), and this says so.
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import { AUTHORIZATION_POLICY, POD } from '../../resources/kinds.ts'
import { readKeys } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { type PodFacts, podFacts } from '../workload/pod-facts.ts'
import { authorizationPolicy, authorizationScope } from './authorization.ts'

/** A pod that has a proxy, and to which both policies apply. */
function meeting(read: Read, one: string, other: string): PodFacts | undefined {
  return readKeys(read, POD)
    .flatMap((key) => read(podFacts, key) ?? [])
    .find(
      (pod) => authorizationScope.appliesTo(read, one, pod) && authorizationScope.appliesTo(read, other, pod),
    )
}

/** Of one policy by `namespace/name`. */
export const authorizerConflicts = query<readonly Diagnostic[]>('authorizer-conflicts', (read, key) => {
  const { authorizer } = read(authorizationPolicy, key)
  if (authorizer === undefined) return []
  for (const other of readKeys(read, AUTHORIZATION_POLICY)) {
    const theirs = read(authorizationPolicy, other).authorizer
    if (theirs === undefined || theirs.name === authorizer.name) continue
    const pod = meeting(read, key, other)
    if (pod === undefined) continue
    const message = `AuthorizationPolicy ${other} has ${theirs.name} asked about ${pod.namespace}/${pod.workload} as well, this one ${authorizer.name}: both deny everything there.`
    return [
      diagnostic('SP0611', authorizer.origin, message, {
        related: [{ message: 'The other policy.', origin: theirs.origin }],
      }),
    ]
  }
  return []
})
