// A provider over an in-memory API for tests, with a clock of its own where wanted.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeClient } from '../../cluster/testing/fake-client.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { Zones } from '../../dns/zones.ts'
import { type IssuerProfile, openIssuer } from '../../pki/issuer.ts'
import type { ConfigMap, Secret } from '../../resources/secret.ts'
import type { Service } from '../../resources/service.ts'
import { albId, type ClusterIdentity } from '../identity.ts'
import { startProvider } from '../provider.ts'
import type { Provider, ProviderOptions } from '../provider-contract.ts'

export const testIdentity: ClusterIdentity = {
  name: 'mycluster',
  id: 'bm64u3ed02o93vv36hb0',
  accountHash: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
  region: 'us-south',
  datacenter: 'dal10',
  created: '2020-03-01T12:00:00+0000',
}

export const ALB_LABEL = 'mycluster-a1b2c3d4e5f60718293a4b5c6d7e8f90-0000'
export const ALB_HOST = `${ALB_LABEL}.us-south.containers.appdomain.cloud`
export const NLB_LABEL = 'mycluster-a1b2c3d4e5f60718293a4b5c6d7e8f90-0001'
export const NLB_HOST = `${NLB_LABEL}.us-south.containers.appdomain.cloud`

/** What a test sets: options of the provider and of its issuer. */
export type TestOptions = Partial<ProviderOptions> & {
  readonly lifetimeMs?: number
  readonly profile?: IssuerProfile
}

export interface TestCluster {
  readonly api: FakeClient
  readonly zones: Zones
  readonly folder: string
  readonly diagnostics: Diagnostic[]
  readonly provider: Provider
  /** Closes the provider and starts another one over the same objects and keys. */
  restart(options?: TestOptions): Promise<TestCluster>
  close(): Promise<void>
}

/** A cluster with the namespaces default, kube-system and istio-system, and an ALB at 127.7.1.1. */
export async function testCluster(options: TestOptions = {}): Promise<TestCluster> {
  const api = new FakeClient()
  for (const name of ['default', 'kube-system', 'istio-system'])
    await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  await api.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: albId(testIdentity), namespace: 'kube-system' },
    spec: { type: 'LoadBalancer' },
    status: { loadBalancer: { ingress: [{ ip: '127.7.1.1' }] } },
  } as Service)
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-iks-'))
  return start(api, folder, options)
}

async function start(api: FakeClient, folder: string, options: TestOptions): Promise<TestCluster> {
  const { lifetimeMs, profile, now, ...more } = options
  const zones = new Zones()
  const diagnostics: Diagnostic[] = []
  const issuer = await openIssuer({
    folder,
    ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
    ...(profile === undefined ? {} : { profile }),
    ...(now === undefined ? {} : { now }),
  })
  const provider = await startProvider({
    api,
    identity: testIdentity,
    facts: {
      masterUrl: 'https://127.7.0.1:6443',
      version: '1.30.2',
      podSubnet: '127.7.64.0/18',
      serviceSubnet: '127.7.16.0/20',
    },
    issuer,
    zones,
    locate: () => ({ host: '127.0.0.1', port: 0 }),
    siteAddress: '127.7.1.254',
    registrationDelayMs: 0,
    report: (diagnostic) => diagnostics.push(diagnostic),
    ...(now === undefined ? {} : { now }),
    ...more,
  })
  return {
    api,
    zones,
    folder,
    diagnostics,
    provider,
    async restart(next = options) {
      await provider.close()
      return start(api, folder, next)
    },
    async close() {
      await provider.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves once `holds` is true, looking after each change that the provider tells of. */
export async function providerUntil(provider: Provider, holds: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    let end: () => void = () => undefined
    const look = () => {
      if (!holds()) return
      end()
      resolve()
    }
    end = provider.onChange(look)
    look()
  })
}

/** The text under a data key of a Secret or ConfigMap. */
export function textOf(object: Secret | ConfigMap | undefined, key: string): string {
  const value = object?.data?.[key]
  if (value === undefined) throw new Error(`no ${key} in ${object?.metadata.name}`)
  return object?.kind === 'Secret' ? Buffer.from(value, 'base64').toString() : value
}

/** A Secret with these texts. */
export function secretOf(namespace: string, name: string, texts: Readonly<Record<string, string>>): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'Opaque',
    data: Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    ),
  } as Secret
}
