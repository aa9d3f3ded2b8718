// The doors of a cluster: where clients come in, by which names.
import type { Locate } from '../engines/engine.ts'
import type { Domain } from '../iks/provider-contract.ts'
import { SERVICE } from '../resources/kinds.ts'
import type { Service } from '../resources/service.ts'
import { kindKey, type Snapshot } from '../resources/snapshot.ts'
import type { Door } from './running.ts'

/** The ALB first, then every other LoadBalancer Service once per domain that names it. */
export function doorsOf(
  domains: readonly Domain[],
  objects: Snapshot['objects'],
  locate: Locate,
): readonly Door[] {
  const [alb, ...registered] = domains
  const https = (address: string): string => {
    const { host, port } = locate(address, 443)
    return `${host}:${port}`
  }
  const door = (kind: Door['kind'], address: string, domain: Domain | undefined): Door => ({
    kind,
    ...(domain === undefined
      ? {}
      : {
          domain: domain.host,
          secret: `${domain.secretNamespace}/${domain.secretName}`,
          status: domain.status,
        }),
    address,
    https: https(address),
  })
  const albAddresses = new Set(alb?.ips)
  const gateways = [...(objects.get(kindKey(SERVICE))?.values() ?? [])]
    .map(({ object }) => object as Service)
    .filter((service) => service.spec?.type === 'LoadBalancer')
    .flatMap((service) => service.status?.loadBalancer?.ingress?.map((entry) => entry.ip) ?? [])
    .filter((address): address is string => address !== undefined && !albAddresses.has(address))
  return [
    ...(alb?.ips ?? []).map((address) => door('alb', address, alb)),
    ...[...new Set(gateways)].sort().flatMap((address) => {
      const names = registered.filter((domain) => domain.ips.includes(address))
      return names.length === 0
        ? [door('gateway', address, undefined)]
        : names.map((domain) => door('gateway', address, domain))
    }),
  ]
}
