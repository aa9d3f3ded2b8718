// What is wrong with a VirtualService as a whole: gateways that do not exist or have none of its hosts.
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import { GATEWAY, VIRTUAL_SERVICE } from '../../resources/kinds.ts'
import { readObject } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { hostWithin } from './hosts.ts'
import { gatewayServers } from './servers.ts'
import { type Binding, bindingFaults, bindingOf } from './virtual-services.ts'

/** Why a host of the VirtualService is not served by a gateway, or nothing. */
function unserved(read: Read, binding: Binding, gateway: string, host: string): string | undefined {
  const hosts = read(gatewayServers, gateway).servers.flatMap((server) => server.hosts)
  const meets = hosts.filter((one) => hostWithin(host, one.name) || hostWithin(one.name, host))
  if (meets.length === 0) return `Gateway ${gateway} has no server for host ${host}.`
  const allowed = meets.some((one) => one.namespace === '*' || one.namespace === binding.namespace)
  return allowed
    ? undefined
    : `Gateway ${gateway} gives host ${host} to VirtualServices of another namespace.`
}

/** Findings of a VirtualService by `namespace/name`. A host is reported when none of its gateways has it. */
export const virtualServiceFindings = query<readonly Diagnostic[]>(
  'virtual-service-findings',
  (read, key) => {
    const binding = read(bindingOf, key)
    const resource = readObject(read, VIRTUAL_SERVICE, key)
    if (binding === undefined || resource === undefined) return read(bindingFaults, key)
    const gone = binding.gateways.flatMap((gateway, index) =>
      gateway === 'mesh' || readObject(read, GATEWAY, gateway) !== undefined
        ? []
        : [
            diagnostic(
              'SP0506',
              resource.origin(`spec.gateways[${index}]`),
              `Gateway ${gateway} does not exist.`,
            ),
          ],
    )
    const there = binding.gateways.filter((gateway) => readObject(read, GATEWAY, gateway) !== undefined)
    if (there.length === 0 || binding.gateways.includes('mesh')) return gone
    const homeless = binding.hosts.flatMap((host, position) => {
      const reasons = there.map((gateway) => unserved(read, binding, gateway, host))
      const [reason] = reasons
      return reason === undefined || reasons.includes(undefined)
        ? []
        : [diagnostic('SP0506', resource.origin(`spec.hosts[${position}]`), reason)]
    })
    return [...gone, ...homeless]
  },
)
