// Whether a cluster is the backend that a test names.

interface ServiceName {
  readonly name: string
  readonly namespace: string
  readonly host: string
}

/** `web`, `web.shop`, `web.shop.svc.cluster.local`, with `:80` and `/v2`; or the whole name of the cluster. */
export function isBackend(wanted: string, cluster: string, service: ServiceName | undefined): boolean {
  if (wanted === cluster) return true
  const [, host = '', port, subset] = /^([^:/]+)(?::(\d+))?(?:\/(.+))?$/.exec(wanted) ?? []
  const [direction, ownPort, ownSubset = '', ownHost] = cluster.split('|')
  const istio = direction === 'outbound' || direction === 'inbound'
  if (subset !== undefined && subset !== ownSubset) return false
  if (port !== undefined && port !== (istio ? ownPort : /:(\d+)$/.exec(cluster)?.[1])) return false
  const full = service?.host ?? (istio ? ownHost : undefined) ?? ''
  return full === host || full.startsWith(`${host}.`)
}
