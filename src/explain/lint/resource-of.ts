// From the origin of a part of the model back to the object that made it.
import type { Origin } from '../../diagnostics/origin.ts'
import type { Resource } from '../../resources/snapshot.ts'
import { resourceAt } from '../edits/resource-at.ts'
import type { World } from './world.ts'

/** The resource that an origin names, if it still exists. */
export const resourceOf = ({ snapshot }: World, origin: Origin): Resource | undefined =>
  resourceAt(snapshot, origin)

const SSL_SERVICES = 'ingress.bluemix.net/ssl-services'

/** Where the TLS towards a cluster is configured: ssl-services for the ALB, else the cluster's own origin. */
export function tlsOrigin(world: World, origin: Origin): Origin {
  const resource = resourceOf(world, origin)
  const annotated =
    resource?.object.kind === 'Ingress' && resource.object.metadata.annotations?.[SSL_SERVICES]
  return resource === undefined || !annotated
    ? origin
    : resource.origin(`metadata.annotations[${SSL_SERVICES}]`)
}

/** The value of ssl-services of the Ingress that an origin names. */
export function sslServices(world: World, origin: Origin): string | undefined {
  return resourceOf(world, origin)?.object.metadata.annotations?.[SSL_SERVICES]
}
