import { describe, expect, it } from 'vitest'
import { FakeClient } from '../cluster/testing/fake-client.ts'
import { EVENT, GATEWAY, INGRESS, NAMESPACE } from '../resources/kinds.ts'
import type { KubeObject } from '../resources/object.ts'
import { createStatusWriter, type WantedStatus } from './writer.ts'

interface Ingress extends KubeObject {
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } }
}
interface Gateway extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly { readonly lastTransitionTime: string; readonly status: string }[]
  }
}
interface Event extends KubeObject {
  readonly count: number
  readonly message: string
}

async function setUp() {
  const api = new FakeClient()
  await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  await api.create({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace: 'shop' },
  })
  await api.create({
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'door', namespace: 'shop' },
  })
  let now = Date.parse('2026-01-01T00:00:00Z')
  let names = 0
  const problems: string[] = []
  const start = () =>
    createStatusWriter(api, {
      clock: () => new Date(now),
      random: () => `n${names++}`,
      report: (problem) => problems.push(problem),
    })
  return { api, problems, start, tick: () => (now += 60_000) }
}

const ref = (kind: string, group: string, name: string) => ({
  apiVersion: `${group}/v1`,
  kind,
  namespace: 'shop',
  name,
})
const ingress = ref('Ingress', 'networking.k8s.io', 'web')
const gateway = ref('Gateway', 'networking.istio.io', 'door')
const warning = {
  type: 'Warning' as const,
  reason: 'TLSSecretNotFound',
  message: 'no secret s',
  source: 'alb',
}

describe('the status writer', () => {
  it('writes addresses and conditions, and nothing when nothing changed', async () => {
    const { api, start, tick } = await setUp()
    const writer = await start()
    const said: WantedStatus[] = [
      { object: ingress, loadBalancer: ['127.1.1.1'] },
      {
        object: gateway,
        conditions: [{ type: 'Ready', status: 'True', reason: 'Ok', message: 'listening' }],
      },
    ]
    writer.write(said)
    await writer.settled()
    const web = await api.get<Ingress>(INGRESS, 'web', 'shop')
    expect(web?.status?.loadBalancer?.ingress).toEqual([{ ip: '127.1.1.1' }])
    tick()
    writer.write(said)
    await writer.settled()
    expect((await api.get(INGRESS, 'web', 'shop'))?.metadata.resourceVersion).toBe(
      web?.metadata.resourceVersion,
    )
    const door = await api.get<Gateway>(GATEWAY, 'door', 'shop')
    expect(door?.status?.conditions?.[0]).toMatchObject({
      status: 'True',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })
  })

  it('moves lastTransitionTime only with the status of a condition', async () => {
    const { api, start, tick } = await setUp()
    const writer = await start()
    const say = async (status: 'True' | 'False', message: string) => {
      writer.write([{ object: gateway, conditions: [{ type: 'Ready', status, reason: 'R', message }] }])
      await writer.settled()
      return (await api.get<Gateway>(GATEWAY, 'door', 'shop'))?.status?.conditions?.[0]
    }
    await say('True', 'a')
    tick()
    expect(await say('True', 'b')).toMatchObject({ message: 'b', lastTransitionTime: '2026-01-01T00:00:00Z' })
    expect(await say('False', 'b')).toMatchObject({ lastTransitionTime: '2026-01-01T00:01:00Z' })
  })

  it('sends an event once, and counts it up when it comes back', async () => {
    const { api, start } = await setUp()
    const writer = await start()
    const events = async () => (await api.list<Event>(EVENT, { namespace: 'shop' })).items
    const say = async (happened: boolean) => {
      writer.write([{ object: ingress, events: happened ? [warning] : [] }])
      await writer.settled()
    }
    await say(true)
    await say(true)
    expect((await events()).map((event) => event.count)).toEqual([1])
    await say(false)
    await say(true)
    expect((await events()).map((event) => event.count)).toEqual([2])
  })

  it('repeats no event after a restart', async () => {
    const { api, start } = await setUp()
    for (let life = 0; life < 2; life++) {
      const writer = await start()
      writer.write([{ object: ingress, events: [warning] }])
      await writer.settled()
      writer.close()
    }
    expect((await api.list<Event>(EVENT, { namespace: 'shop' })).items.map((event) => event.count)).toEqual([
      1,
    ])
  })

  it('tells a new object of the same name anew, and leaves one that is gone alone', async () => {
    const { api, start, problems } = await setUp()
    const writer = await start()
    const say = async () => {
      writer.write([{ object: ingress, events: [warning] }])
      await writer.settled()
    }
    await say()
    await api.delete(INGRESS, 'web', 'shop')
    await say()
    await api.create({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'web', namespace: 'shop' },
    })
    await say()
    expect((await api.list<Event>(EVENT, { namespace: 'shop' })).items).toHaveLength(2)
    expect(problems).toEqual([])
    expect(await api.get(NAMESPACE, 'shop')).toBeDefined()
  })
})
