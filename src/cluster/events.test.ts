import { describe, expect, it } from 'vitest'
import { EVENT } from '../resources/kinds.ts'
import type { KubeObject } from '../resources/object.ts'
import { eventRecorder } from './events.ts'
import { FakeClient } from './testing/fake-client.ts'
import { namespace, pod } from './testing/objects.ts'

interface Event extends KubeObject {
  readonly reason: string
  readonly count: number
}

describe('eventRecorder', () => {
  const start = async () => {
    const client = new FakeClient()
    await client.create(namespace('default'))
    const recorder = eventRecorder(client, 'here', () => Date.parse('2026-01-01T00:00:00Z'))
    const events = async () => {
      await recorder.flush()
      const { items } = await client.list<Event>(EVENT)
      return items.map((one) => `${one.reason} x${one.count}`)
    }
    return { client, recorder, events }
  }
  const say = (reason: string, message = '') => ({ type: 'Normal' as const, reason, message })
  const web = pod('web', { metadata: { uid: 'u' } })

  it('counts up what is said again, before and after it is written', async () => {
    const { recorder, events } = await start()
    for (let times = 0; times < 3; times++) recorder.record('kubelet', web, say('Pulled'))
    recorder.record('kubelet', web, say('Started'))
    expect(await events()).toEqual(['Pulled x3', 'Started x1'])
    recorder.record('kubelet', web, say('Pulled'))
    recorder.record('kubelet', web, say('Pulled', 'another'))
    expect(await events()).toEqual(['Pulled x4', 'Started x1', 'Pulled x1'])
  })
  it('keeps the order of one second in the names', async () => {
    const { client, recorder, events } = await start()
    for (const reason of ['c', 'a', 'b']) recorder.record('kubelet', web, say(reason))
    await events()
    const { items } = await client.list<Event>(EVENT)
    const byName = [...items].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    expect(byName.map((one) => one.reason)).toEqual(['c', 'a', 'b'])
  })
  it('begins anew when the event has expired, and does not mind a namespace that is gone', async () => {
    const { client, recorder, events } = await start()
    recorder.record('kubelet', web, say('Pulled'))
    await events()
    const [event] = (await client.list(EVENT)).items
    await client.delete(EVENT, event?.metadata.name ?? '', 'default')
    recorder.record('kubelet', web, say('Pulled'))
    recorder.record('kubelet', pod('other', { namespace: 'gone' }), say('Pulled'))
    expect(await events()).toEqual(['Pulled x1'])
  })
})
