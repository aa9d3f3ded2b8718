// Short host names of Istio's kinds.

/** `httpbin` in namespace `a` is `httpbin.a.svc.<domain>`; names with a dot and `*` stay. */
export function fullHost(host: string, namespace: string, domain: string): string {
  return host.includes('.') || host === '*' ? host : `${host}.${namespace}.svc.${domain}`
}
