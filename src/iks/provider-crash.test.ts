// The provider is cut off at every single write of a renewal and started again: nothing is lost, nothing stays torn.
import { afterEach, describe, expect, it } from 'vitest'
import { type ApiClient, ApiError } from '../apiserver/client.ts'
import { SECRET } from '../resources/kinds.ts'
import type { Secret } from '../resources/secret.ts'
import { pairOfSecret } from './certificate-pair.ts'
import {
  ALB_LABEL,
  NLB_LABEL,
  providerUntil,
  secretOf,
  type TestCluster,
  testCluster,
  textOf,
} from './testing/provider.ts'

const DAY = 86_400_000
const WRITES = ['create', 'update', 'patch', 'apply', 'delete'] as const
const open: TestCluster[] = []
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close()
})

/** The same API, but every write from number `count` on fails as when the process has died. */
function dyingAfter(api: ApiClient, count: number): { api: ApiClient; died: Promise<void> } {
  let left = count
  let die: () => void = () => undefined
  const died = new Promise<void>((resolve) => {
    die = resolve
  })
  const dying = new Proxy(api, {
    get(target, key) {
      if (key === 'as') return () => dying
      const value = target[key as keyof ApiClient] as unknown
      if (typeof value !== 'function') return value
      const method = value.bind(target) as (...args: unknown[]) => unknown
      if (!WRITES.includes(key as (typeof WRITES)[number])) return method
      return (...args: unknown[]) => {
        if (left-- > 0) return method(...args)
        die()
        return Promise.reject(new ApiError(500, 'InternalError', 'the process is dead'))
      }
    },
  })
  return { api: dying, died }
}

describe('a provider that dies during a renewal', () => {
  it.each(Array.from({ length: 14 }, (_, index) => index))(
    'after %i writes leaves whole secrets and finishes when it is back',
    async (count) => {
      let time = Date.UTC(2026, 0, 1)
      const now = () => time
      const first = await testCluster({ now })
      await first.provider.register(['127.7.1.2'], 'istio-system')
      await providerUntil(first.provider, () => first.provider.domains()[1]?.status === 'created')
      const get = (name: string, namespace: string) => first.api.get<Secret>(SECRET, name, namespace)
      const old = await get(ALB_LABEL, 'default')
      const copy = secretOf('istio-system', 'alb-certs', {
        'client.crt': textOf(old, 'tls.crt'),
        'client.key': textOf(old, 'tls.key'),
      })
      await first.api.create(copy)

      time += 54 * DAY
      const { api, died } = dyingAfter(first.api, count)
      const second = await first.restart({ now, api })
      await Promise.race([died, idle(second)])
      const all = [...(await first.api.list<Secret>(SECRET)).items]
      for (const secret of all.filter(({ metadata }) => metadata.name !== 'alb-certs'))
        expect(pairOfSecret(secret)).toBeDefined()

      const third = await second.restart({ now })
      open.push(third)
      const current = textOf(await get(ALB_LABEL, 'default'), 'tls.crt')
      expect(current).not.toBe(textOf(old, 'tls.crt'))
      for (const namespace of ['ibm-cert-store', 'kube-system'])
        expect(textOf(await get(ALB_LABEL, namespace), 'tls.crt')).toBe(current)
      const refreshed = await get('alb-certs', 'istio-system')
      expect(textOf(refreshed, 'client.crt')).toBe(current)
      expect(textOf(refreshed, 'client.key')).toBe(textOf(await get(ALB_LABEL, 'default'), 'tls.key'))
      expect(pairOfSecret(await get(NLB_LABEL, 'istio-system'))?.leaf.notAfter).toBe(time + 90 * DAY)
    },
  )
})

/** Resolves after the provider's passes so far: a command waits for them. */
async function idle({ provider }: TestCluster): Promise<void> {
  await provider.addIps('nobody', [])
}
