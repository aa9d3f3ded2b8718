// The certificates and trust anchors that the model uses, each once, with what uses them.

import type { Origin } from '../../diagnostics/origin.ts'
import type { CertificateRef, TrustRef } from '../../ir/certificate.ts'
import type { Cluster } from '../../ir/cluster.ts'
import type { FilterChain } from '../../ir/listener.ts'
import type { World } from './world.ts'

export interface UsedTrust {
  readonly trust: TrustRef
  /** `client`: it decides which clients are let in; `server`: which upstreams are trusted. */
  readonly of: 'client' | 'server'
  readonly user: Origin
  readonly chain?: FilterChain
}

const chainsOf = (world: World): readonly FilterChain[] =>
  world.model.proxies
    .filter(({ kind }) => kind !== 'sidecar')
    .flatMap(({ listeners }) => listeners)
    .flatMap(({ filterChains }) => filterChains)

const clustersOf = (world: World): readonly Cluster[] => [
  ...new Set(world.model.proxies.flatMap(({ clusters }) => clusters)),
]

const isMesh = (name: string): boolean => name.startsWith('spiffe://')

/** Certificates shown as a server or as a client, without those of the mesh, which renew themselves. */
export function usedCertificates(
  world: World,
): readonly { readonly ref: CertificateRef; readonly as: 'server' | 'client' }[] {
  const all = [
    ...chainsOf(world)
      .flatMap(({ tls }) => tls?.certificates ?? [])
      .map((ref) => ({ ref, as: 'server' as const })),
    ...clustersOf(world)
      .flatMap(({ tls }) => tls?.context.certificate ?? [])
      .map((ref) => ({ ref, as: 'client' as const })),
  ].filter(({ ref }) => !isMesh(ref.name))
  return [...new Map(all.map((one) => [`${one.as} ${one.ref.name} ${one.ref.chain}`, one])).values()]
}

/** Trust bundles from secrets and ConfigMaps. */
export function usedTrust(world: World): readonly UsedTrust[] {
  const mesh = world.snapshot.identities.trust.roots
  const all: readonly UsedTrust[] = [
    ...chainsOf(world).flatMap((chain): UsedTrust[] => {
      const asked = chain.tls?.clientCertificate
      if (
        chain.refuse !== undefined ||
        asked === undefined ||
        asked.mode === 'none' ||
        asked.verify === undefined
      )
        return []
      return [{ trust: asked.verify.trust, of: 'client', user: chain.origin, chain }]
    }),
    ...clustersOf(world).flatMap(({ tls, origin }): UsedTrust[] => {
      const verify = tls?.context.verify
      return verify === undefined || verify === 'off'
        ? []
        : [{ trust: verify.trust, of: 'server', user: origin }]
    }),
  ]
  return all.filter(({ trust }) => trust.roots !== mesh)
}
