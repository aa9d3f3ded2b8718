// Who may speak on the ADS port: certificates of the mesh CA, one name for the control plane and one per proxy.
import type { EnvoyEngineOptions } from '../../engines/envoy/index.ts'
import type { MeshAuthority } from '../../pki/mesh-authority.ts'

/** Longer than any control plane runs: the Envoys are children of this process, their keys die with it. */
const LIFETIME_MS = 5 * 365 * 86_400_000

/** Server and client identities for the ADS port. The name of a client says for which proxy alone it may ask. */
export function xdsIdentities(mesh: MeshAuthority): Required<Pick<EnvoyEngineOptions, 'server' | 'client'>> {
  const identity = (path: string) => {
    const uri = `spiffe://${mesh.trustDomain}/sallyport/${path}`
    const { chain, key } = mesh.issue(uri, LIFETIME_MS)
    return { uri, certificate: chain, key, trust: mesh.root }
  }
  const clients = new Map<string, ReturnType<typeof identity>>()
  return {
    server: identity('xds'),
    client: (proxy) => {
      const known = clients.get(proxy) ?? identity(`proxy/${proxy}`)
      clients.set(proxy, known)
      return known
    },
  }
}
