// Host names of Istio objects: short names, namespaces, and which of two patterns is the more specific (istio.md 1 and 2).

/** A name without a dot means a Service of the object's namespace; everything else stays as it is. Lower case. */
export function resolveHost(host: string, namespace: string, clusterDomain: string): string {
  const lower = host.toLowerCase()
  return lower.includes('.') || lower === '*' || lower.includes(':')
    ? lower
    : `${lower}.${namespace}.svc.${clusterDomain}`
}

/** A Gateway host: `[namespace/]dnsName`, `./` for the Gateway's own, `*` for any. */
export function splitServerHost(
  host: string,
  namespace: string,
): { readonly namespace: string; readonly name: string } {
  const slash = host.indexOf('/')
  if (slash < 0) return { namespace: '*', name: host.toLowerCase() }
  const from = host.slice(0, slash)
  return { namespace: from === '.' ? namespace : from, name: host.slice(slash + 1).toLowerCase() }
}

/** Whether every name that `inner` means is meant by `outer` as well. `*.a.com` covers any depth, not `a.com`. */
export function hostWithin(inner: string, outer: string): boolean {
  if (outer === '*' || inner === outer) return true
  return (
    outer.startsWith('*.') &&
    inner.replace(/^\*/, '').endsWith(outer.slice(1)) &&
    inner.length > outer.length - 1
  )
}

/** The more specific of two hosts when one is within the other. */
export function intersectHosts(a: string, b: string): string | undefined {
  if (hostWithin(a, b)) return a
  return hostWithin(b, a) ? b : undefined
}

/** Whether an exportTo list lets a namespace see the object. Default: everybody. */
export function isVisible(exportTo: readonly string[] | undefined, owner: string, viewer: string): boolean {
  if (exportTo === undefined || exportTo.length === 0) return true
  return exportTo.some((one) => one === '*' || one === viewer || (one === '.' && owner === viewer))
}
