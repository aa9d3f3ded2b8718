import { X509Certificate } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { openIssuer } from '../pki/issuer.ts'
import { CONFIG_MAP, EVENT, NAMESPACE, SECRET } from '../resources/kinds.ts'
import type { KubeObject } from '../resources/object.ts'
import type { ConfigMap, Secret } from '../resources/secret.ts'
import { readPair } from './certificate-pair.ts'
import type { ProviderOptions } from './provider-contract.ts'
import { REGISTRATIONS_NAME } from './stored-map.ts'
import {
  ALB_HOST,
  ALB_LABEL,
  NLB_HOST,
  NLB_LABEL,
  providerUntil,
  secretOf,
  type TestCluster,
  testCluster,
  textOf,
} from './testing/provider.ts'

const DAY = 86_400_000
const open: TestCluster[] = []
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close()
})

async function start(options: Parameters<typeof testCluster>[0] = {}): Promise<TestCluster> {
  const cluster = await testCluster(options)
  open.push(cluster)
  return cluster
}

const secret = ({ api }: TestCluster, name: string, namespace: string) =>
  api.get<Secret>(SECRET, name, namespace)

const pairIn = async (cluster: TestCluster, name: string, namespace: string) => {
  const found = await secret(cluster, name, namespace)
  const pair = readPair(textOf(found, 'tls.crt'), textOf(found, 'tls.key'))
  if (pair === undefined) throw new Error('the secret holds no pair')
  return pair
}

/** A clock that stands still until it is moved; moving it makes the provider look. */
function clock(start = Date.UTC(2026, 0, 1)): {
  now: () => number
  forward: (cluster: TestCluster, ms: number) => Promise<void>
} {
  let time = start
  return {
    now: () => time,
    async forward(cluster, ms) {
      time += ms
      const name = `tick-${time}`
      await cluster.api.create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace: 'default' },
      })
    },
  }
}

const register = async (cluster: TestCluster, namespace = 'istio-system') => {
  const domain = await cluster.provider.register(['127.7.1.2'], namespace)
  if ('refused' in domain) throw new Error(domain.refused)
  await providerUntil(cluster.provider, () => cluster.provider.domains()[1]?.status === 'created')
  return domain
}

describe('startProvider', () => {
  it('has the ALB domain with its secret in three namespaces, and its names, from the start', async () => {
    const cluster = await start()
    expect(cluster.provider.domains()).toMatchObject([
      {
        number: 0,
        host: ALB_HOST,
        ips: ['127.7.1.1'],
        secretName: ALB_LABEL,
        secretNamespace: 'default',
        status: 'created',
      },
    ])
    const held = await secret(cluster, ALB_LABEL, 'default')
    expect(held).toMatchObject({
      type: 'kubernetes.io/tls',
      metadata: { annotations: { 'ingress.cloud.ibm.com/cert-source': 'ibm' } },
    })
    for (const namespace of ['ibm-cert-store', 'kube-system'])
      expect((await secret(cluster, ALB_LABEL, namespace))?.data).toEqual(held?.data)
    const pair = await pairIn(cluster, ALB_LABEL, 'default')
    expect(pair.leaf.sans.dns).toEqual([ALB_HOST, `*.${ALB_HOST}`])
    expect(pair.leaf.extendedKeyUsage).toEqual(['serverAuth', 'clientAuth'])
    expect(pair.chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    expect(cluster.zones.addresses(`httpbin.${ALB_HOST}`)).toEqual(['127.7.1.1'])
  })

  it('registers an NLB domain: pending, then created with its secret in the namespace asked for', async () => {
    const cluster = await start({ registrationDelayMs: 20 })
    const domain = await cluster.provider.register(['127.7.1.2'], 'istio-system')
    expect(domain).toMatchObject({ host: NLB_HOST, status: 'pending', secretName: NLB_LABEL })
    await providerUntil(cluster.provider, () => cluster.provider.domains()[1]?.status === 'created')
    expect((await pairIn(cluster, NLB_LABEL, 'istio-system')).leaf.sans.dns).toEqual([
      NLB_HOST,
      `*.${NLB_HOST}`,
    ])
    expect(cluster.zones.addresses(NLB_HOST)).toEqual(['127.7.1.2'])
    expect(await secret(cluster, NLB_LABEL, 'default')).toBeUndefined()
  })

  it('refuses what cannot be registered', async () => {
    const { provider } = await start()
    expect(await provider.register([], 'default')).toEqual({
      refused: expect.stringContaining('at least one'),
    })
    expect(await provider.register(['nonsense'], 'default')).toEqual({
      refused: expect.stringContaining('nonsense'),
    })
    expect(await provider.register(['127.7.1.2'], 'nowhere')).toEqual({
      refused: expect.stringContaining("'nowhere'"),
    })
    expect(provider.domains()).toHaveLength(1)
  })

  it('keeps domains and certificates over a restart, and finishes what was pending', async () => {
    const first = await start()
    await register(first)
    const alb = await pairIn(first, ALB_LABEL, 'default')
    const nlb = await pairIn(first, NLB_LABEL, 'istio-system')
    await first.provider.register(['127.7.1.3'], 'default')
    open.length = 0
    const second = await first.restart()
    open.push(second)
    await providerUntil(second.provider, () => second.provider.domains()[2]?.status === 'created')
    expect(second.provider.domains().map(({ number, ips }) => [number, ips])).toEqual([
      [0, ['127.7.1.1']],
      [1, ['127.7.1.2']],
      [2, ['127.7.1.3']],
    ])
    expect((await pairIn(second, ALB_LABEL, 'default')).leaf).toEqual(alb.leaf)
    expect((await pairIn(second, NLB_LABEL, 'istio-system')).leaf).toEqual(nlb.leaf)
    expect(second.zones.addresses(NLB_HOST)).toEqual(['127.7.1.2'])
  })

  it('says that the namespace of a secret is gone and recovers when it is back', async () => {
    const cluster = await start()
    await cluster.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'doors' } })
    await register(cluster, 'doors')
    const before = await pairIn(cluster, NLB_LABEL, 'doors')
    await cluster.api.delete(SECRET, NLB_LABEL, 'doors')
    await cluster.api.delete(NAMESPACE, 'doors')
    const broken = () => cluster.diagnostics.find(({ code }) => code === 'SP0901')
    await providerUntil(
      cluster.provider,
      () => cluster.provider.domains()[1]?.message.includes('does not exist') === true,
    )
    expect(broken()?.message).toContain('the namespace doors does not exist')
    await cluster.api.patch(NAMESPACE, 'doors', undefined, { spec: { finalizers: null } }, 'finalize')
    expect(await cluster.api.get(NAMESPACE, 'doors')).toBeUndefined()
    await cluster.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'doors' } })
    await cluster.api.until(SECRET, NLB_LABEL, 'doors', (found) => found !== undefined)
    expect((await pairIn(cluster, NLB_LABEL, 'doors')).leaf).toEqual(before.leaf)
  })

  it('restores a secret that was deleted or changed, keeping what users added', async () => {
    const cluster = await start()
    await cluster.api.patch(SECRET, ALB_LABEL, 'default', { data: { 'tls.key': 'eA==', mine: 'eQ==' } })
    await cluster.api.until<Secret>(
      SECRET,
      ALB_LABEL,
      'default',
      (found) => found?.data?.['tls.key'] !== 'eA==',
    )
    expect(textOf(await secret(cluster, ALB_LABEL, 'default'), 'mine')).toBe('y')
    await cluster.api.delete(SECRET, ALB_LABEL, 'ibm-cert-store')
    await cluster.api.until(SECRET, ALB_LABEL, 'ibm-cert-store', (found) => found !== undefined)
    expect((await pairIn(cluster, ALB_LABEL, 'ibm-cert-store')).leaf).toEqual(
      (await pairIn(cluster, ALB_LABEL, 'default')).leaf,
    )
  })

  it('removes a registration with its last address, and never uses its number again', async () => {
    const cluster = await start()
    await register(cluster)
    await cluster.provider.addIps(NLB_HOST, ['127.7.1.9'])
    expect(cluster.provider.domains()[1]?.ips).toEqual(['127.7.1.2', '127.7.1.9'])
    await cluster.provider.removeIp(NLB_HOST, '127.7.1.2')
    await cluster.provider.removeIp(NLB_HOST, '127.7.1.9')
    expect(cluster.provider.domains()).toHaveLength(1)
    expect(await secret(cluster, NLB_LABEL, 'istio-system')).toBeUndefined()
    expect(cluster.zones.addresses(NLB_HOST)).toBeUndefined()
    expect(await cluster.provider.register(['127.7.1.2'], 'default')).toMatchObject({ number: 2 })
  })

  it('leaves a record that it cannot read as it is, and says so', async () => {
    const first = await start()
    await register(first)
    await first.api.patch(CONFIG_MAP, REGISTRATIONS_NAME, 'kube-system', { data: { '0007': '{"ips":' } })
    open.length = 0
    const second = await first.restart()
    open.push(second)
    expect(second.diagnostics.map(({ code, origin }) => [code, origin.field])).toEqual([
      ['SP0902', 'data.0007'],
    ])
    expect(await second.provider.register(['127.7.1.3'], 'default')).toMatchObject({ number: 8 })
    const stored = await second.api.get<ConfigMap>(CONFIG_MAP, REGISTRATIONS_NAME, 'kube-system')
    expect(stored?.data?.['0007']).toBe('{"ips":')
  })
})

describe('renewal', () => {
  it('renews 37 days before the end of 90, in place, and not before', async () => {
    const time = clock()
    const cluster = await start({ now: time.now })
    const before = await pairIn(cluster, ALB_LABEL, 'default')
    await time.forward(cluster, 52 * DAY)
    await cluster.provider.addIps('nobody', []) // waits for the pass to end
    expect((await pairIn(cluster, ALB_LABEL, 'default')).leaf).toEqual(before.leaf)
    await time.forward(cluster, DAY)
    await cluster.api.until<Secret>(
      SECRET,
      ALB_LABEL,
      'default',
      (found) => textOf(found, 'tls.crt') !== before.chain,
    )
    const after = await pairIn(cluster, ALB_LABEL, 'default')
    expect(after.leaf.notAfter - before.leaf.notAfter).toBe(53 * DAY)
    expect(after.leaf.spki).not.toBe(before.leaf.spki)
  })

  it('brings copies along, certificate and key of one secret in one write', async () => {
    const time = clock()
    const cluster = await start({ now: time.now })
    const old = await pairIn(cluster, ALB_LABEL, 'default')
    const trusted = '# a comment\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
    await cluster.api.create(
      secretOf('istio-system', 'alb-certs', {
        'client.crt': old.chain,
        'client.key': old.key,
        'trusted.crt': trusted,
      }),
    )
    const [leaf = ''] = old.chain.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----\n/) ?? []
    await cluster.api.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'pinned', namespace: 'default' },
      data: { 'bundle.pem': `${leaf}# and more\n${trusted}`, other: 'text' },
    } as ConfigMap)
    const seen: string[] = []
    const informer = await cluster.api.informer<Secret>(SECRET, { namespace: 'istio-system' })
    informer.on(({ object }) => {
      const pair = readPair(textOf(object, 'client.crt'), textOf(object, 'client.key'))
      seen.push(pair === undefined ? 'torn' : pair.leaf.fingerprint)
    })
    await time.forward(cluster, 54 * DAY)
    const pinned = await cluster.api.until<ConfigMap>(CONFIG_MAP, 'pinned', 'default', (found) =>
      Boolean(found && !textOf(found, 'bundle.pem').includes(leaf)),
    )
    informer.close()
    const now = await pairIn(cluster, ALB_LABEL, 'default')
    expect(seen).toEqual([now.leaf.fingerprint])
    const copy = await secret(cluster, 'alb-certs', 'istio-system')
    expect([textOf(copy, 'client.crt'), textOf(copy, 'trusted.crt')]).toEqual([now.chain, trusted])
    expect(textOf(pinned, 'bundle.pem')).toBe(
      now.chain.slice(0, now.chain.indexOf('-----BEGIN', 5)) + `# and more\n${trusted}`,
    )
    const { items } = await cluster.api.list<KubeObject & { reason: string }>(EVENT)
    expect(items.map(({ reason }) => reason)).toEqual([
      'CertificateCopyRefreshed',
      'CertificateCopyRefreshed',
    ])
  })

  it('brings a copy of an older generation along that appears later', async () => {
    const time = clock()
    const cluster = await start({ now: time.now })
    const old = await pairIn(cluster, ALB_LABEL, 'default')
    for (const _ of [1, 2]) {
      const { chain } = await pairIn(cluster, ALB_LABEL, 'default')
      await time.forward(cluster, 54 * DAY)
      await cluster.api.until<Secret>(
        SECRET,
        ALB_LABEL,
        'default',
        (found) => textOf(found, 'tls.crt') !== chain,
      )
    }
    const now = await pairIn(cluster, ALB_LABEL, 'default')
    await cluster.api.create(secretOf('default', 'late', { crt: old.chain.trimEnd(), key: old.key }))
    const late = await cluster.api.until<Secret>(
      SECRET,
      'late',
      'default',
      (found) => textOf(found, 'key') === now.key,
    )
    expect(textOf(late, 'crt')).toBe(now.chain.trimEnd())
  })

  const stale = async (
    options: Partial<ProviderOptions>,
    values: (old: { chain: string; key: string }) => Record<string, string>,
  ) => {
    const time = clock()
    const cluster = await start({ now: time.now, ...options })
    const old = await pairIn(cluster, ALB_LABEL, 'default')
    await cluster.api.create(secretOf('default', 'copy', values(old)))
    await time.forward(cluster, 54 * DAY)
    await cluster.api.until<Secret>(
      SECRET,
      ALB_LABEL,
      'default',
      (found) => textOf(found, 'tls.crt') !== old.chain,
    )
    await cluster.provider.addIps('nobody', [])
    return { cluster, old, copy: await secret(cluster, 'copy', 'default') }
  }

  it('only reports copies when told not to refresh them', async () => {
    const { cluster, old, copy } = await stale({ refreshCopies: false }, ({ chain }) => ({ crt: chain }))
    expect(textOf(copy, 'crt')).toBe(old.chain)
    const { items } = await cluster.api.list<KubeObject & { reason: string; type: string; message: string }>(
      EVENT,
    )
    expect(items).toMatchObject([
      { type: 'Warning', reason: 'CertificateCopyStale', involvedObject: { name: 'copy' } },
    ])
    expect(items[0]?.message).toContain(`crt holds an older version of the certificate of ${ALB_LABEL}`)
    expect(cluster.diagnostics.map(({ code }) => code)).toEqual(['SP0903'])
  })

  it('does not tear a certificate from a key that it cannot read', async () => {
    const encrypted = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n'
    const { cluster, old, copy } = await stale({}, ({ chain }) => ({ crt: chain, key: encrypted }))
    expect(textOf(copy, 'crt')).toBe(old.chain)
    expect(cluster.diagnostics[0]?.message).toContain('the key under key is encrypted')
  })

  it('issues anew on request', async () => {
    const cluster = await start()
    const before = await pairIn(cluster, ALB_LABEL, 'default')
    expect(await cluster.provider.regenerate(ALB_HOST)).toMatchObject({ status: 'regenerating' })
    await providerUntil(cluster.provider, () => cluster.provider.domains()[0]?.status === 'created')
    expect((await pairIn(cluster, ALB_LABEL, 'default')).leaf.fingerprint).not.toBe(before.leaf.fingerprint)
    expect(await cluster.provider.regenerate('x.example')).toEqual({
      refused: expect.stringContaining('x.example'),
    })
  })

  it('replaces certificates that are longer or other than the issuer now issues', async () => {
    const first = await start()
    const old = await pairIn(first, ALB_LABEL, 'default')
    const second = await first.restart({ lifetimeMs: DAY })
    const shorter = await pairIn(second, ALB_LABEL, 'default')
    expect(old.leaf.notAfter - shorter.leaf.notAfter).toBeGreaterThan(88 * DAY)
    const third = await second.restart({ lifetimeMs: DAY, profile: '2026' })
    expect((await pairIn(third, ALB_LABEL, 'default')).leaf.extendedKeyUsage).toEqual(['serverAuth'])
    open.length = 0
    open.push(third)
  })

  it('replaces everything when the issuer is another one', async () => {
    const first = await start()
    const old = await pairIn(first, ALB_LABEL, 'default')
    const oldRoot = (await openIssuer({ folder: first.folder })).root
    await first.api.create(secretOf('istio-system', 'x-cacert', { 'ca.crt': oldRoot }))
    open.length = 0
    await rm(first.folder, { recursive: true })
    const second = await first.restart()
    open.push(second)
    const { root } = await openIssuer({ folder: second.folder })
    const now = await pairIn(second, ALB_LABEL, 'default')
    expect(now.leaf.fingerprint).not.toBe(old.leaf.fingerprint)
    expect(textOf(await secret(second, 'x-cacert', 'istio-system'), 'ca.crt')).toBe(root)
    const [, intermediate = ''] = now.chain.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----\n/g) ?? []
    expect(new X509Certificate(intermediate).verify(new X509Certificate(root).publicKey)).toBe(true)
  })

  it('keeps certificates of seconds valid on the real clock', async () => {
    const cluster = await start({ lifetimeMs: 3000, renewBeforeMs: 2000 })
    const seen = new Set<string>()
    while (seen.size < 3) {
      const { leaf } = await pairIn(cluster, ALB_LABEL, 'default')
      expect(leaf.notAfter).toBeGreaterThan(Date.now())
      seen.add(leaf.fingerprint)
      await cluster.api.until<Secret>(SECRET, ALB_LABEL, 'default', (found) => {
        const pair = readPair(textOf(found, 'tls.crt'), textOf(found, 'tls.key'))
        return pair !== undefined && !seen.has(pair.leaf.fingerprint)
      })
    }
  })
})
