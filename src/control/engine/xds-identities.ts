// Who may speak on the ADS port: certificates of the mesh CA, one name for the control plane and one per proxy, renewed at half of their life.
import type { AdsIdentities } from '../../engines/envoy/index.ts'
import type { MeshAuthority } from '../../pki/mesh-authority.ts'

/** The wall clock is looked at this often: a machine that slept must not wake up with certificates that are over. */
const LOOK_MS = 30_000

/** Server and client identities for the ADS port. The name of a client says for which proxy alone it may ask. */
export function xdsIdentities(mesh: MeshAuthority): AdsIdentities {
  const issue = (path: string) => {
    const uri = `spiffe://${mesh.trustDomain}/sallyport/${path}`
    const { chain, key, notAfter } = mesh.issue(uri)
    return { uri, certificate: chain, key, trust: mesh.root, notAfter }
  }
  let issued = new Map<string, ReturnType<typeof issue>>()
  let since = Date.now()
  const identity = (path: string) => {
    const known = issued.get(path) ?? issue(path)
    issued.set(path, known)
    return known
  }
  const renewed = new Set<() => void>()
  const period = mesh.lifetimeMs / 2
  const look = () => {
    if (Date.now() - since < period) return
    since = Date.now()
    // All at once: none is older than the period.
    issued = new Map()
    for (const tell of renewed) tell()
  }
  let timer: NodeJS.Timeout | undefined
  return {
    server: () => identity('xds'),
    client: (proxy) => identity(`proxy/${proxy}`),
    onRenewed(tell) {
      renewed.add(tell)
      timer ??= setInterval(look, Math.min(period, LOOK_MS)).unref()
      return () => {
        renewed.delete(tell)
        if (renewed.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
  }
}
