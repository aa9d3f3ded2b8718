// Decides where a request to the CONNECT proxy goes: to a place of the cluster, or nowhere.
import { isIP } from 'node:net'
import type { Locate } from './locate.ts'

/** What the proxy knows of the cluster. */
export interface ProxyScope {
  /** The cluster's name, for the texts. */
  readonly cluster: string
  /** `Zones.addresses`: undefined for a name of nobody, `[]` for one of ours that does not exist. */
  readonly addresses: (name: string) => readonly string[] | undefined
  /** Whether an IP address belongs to the cluster. */
  readonly owns: (address: string) => boolean
  readonly locate: Locate
  /** Lets everything else out to where it wants to go; false when absent. */
  readonly passThrough?: boolean
}

/** Real places to try in order, or the status and the sentence with which the request is refused. */
export type ProxyTarget =
  | { readonly places: readonly { readonly host: string; readonly port: number }[] }
  | { readonly status: 400 | 403 | 502; readonly reason: string }

/** Splits `host:port` or `[v6]:port`; undefined when it is neither. */
export function splitAuthority(
  authority: string,
  defaultPort?: number,
): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:@/?#[\]\s]+))(?::(\d{1,5}))?$/.exec(authority)
  const host = match?.[1] ?? match?.[2]
  const port = match?.[3] === undefined ? defaultPort : Number(match[3])
  if (host === undefined || port === undefined || port < 1 || port > 65_535) return undefined
  return { host, port }
}

/** Where `host:port` is reached. */
export function proxyTarget(scope: ProxyScope, host: string, port: number): ProxyTarget {
  const outside = (): ProxyTarget =>
    scope.passThrough
      ? { places: [{ host, port }] }
      : { status: 403, reason: `${host} is not a name or address of the cluster ${scope.cluster}` }
  if (isIP(host) !== 0) return scope.owns(host) ? { places: [scope.locate(host, port)] } : outside()
  const addresses = scope.addresses(host)
  if (addresses === undefined) return outside()
  if (addresses.length === 0)
    return { status: 502, reason: `the cluster ${scope.cluster} has no address for the name ${host}` }
  return { places: addresses.map((address) => scope.locate(address, port)) }
}
