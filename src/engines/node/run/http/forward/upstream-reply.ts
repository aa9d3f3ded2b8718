// What a client hears when its request gets no response of an upstream, in Envoy's words.
import type { ClusterState } from '../../upstream/cluster-state.ts'
import type { LocalReply } from '../local-reply.ts'
import type { UpstreamFailure } from '../messages.ts'
import type { Profile } from '../profile/profile.ts'
import { failureBody, failureDetails, OVERFLOW } from '../reason-text.ts'

/** The route names a cluster that is not there. */
export const CLUSTER_NOT_FOUND: LocalReply = { status: 503, flag: 'NC', details: 'cluster_not_found' }

/** The cluster has as many requests as it may have. */
export const CLUSTER_OVERFLOW: LocalReply = {
  status: 503,
  flag: 'UO',
  body: failureBody(OVERFLOW, false),
  details: 'overflow',
}

/** No request may use the cluster at all. */
export function clusterRefused(refusal: string, { source }: ClusterState): LocalReply {
  const reason = source.refuse?.reason
  return {
    status: 503,
    flag: 'UF',
    body: refusal,
    details: 'cluster_refused',
    ...(reason === undefined ? {} : { reason }),
  }
}

/** The cluster has no endpoint that can be used. */
export function noHealthyUpstream({ source: { noEndpoints } }: ClusterState): LocalReply {
  const details = 'no_healthy_upstream'
  if (noEndpoints === undefined) return { status: 503, flag: 'UH', body: 'no healthy upstream', details }
  const { status, body } = noEndpoints
  return { status, flag: 'UH', body, contentType: 'text/plain', details }
}

/** The last try failed. `exhausted`: the policy would have had another one. */
export function tryFailed(
  failure: UpstreamFailure,
  profile: Profile,
  attempts: number,
  exhausted: boolean,
): LocalReply {
  return {
    status: profile.upstreamStatus(failure.flag),
    flag: exhausted ? `URX,${failure.flag}` : failure.flag,
    body: failureBody(failure, attempts > 1),
    details: failureDetails(failure, false),
  }
}
