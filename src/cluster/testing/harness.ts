// Runs controllers against the fake API, and plays the kubelet: pods become ready when a test says so.
import { POD } from '../../resources/kinds.ts'
import { AllKinds } from '../controllers/all-kinds.ts'
import type { Controller, ControllerContext } from '../controllers/controller.ts'
import { Informers } from '../controllers/informers.ts'
import type { EventRecorder, EventText } from '../events.ts'
import type { Pod } from '../objects/pod.ts'
import { FakeClient } from './fake-client.ts'
import { namespace, running } from './objects.ts'

export interface Harness {
  readonly client: FakeClient
  readonly context: ControllerContext
  readonly events: EventRecorder
  readonly recorded: (EventText & { readonly name: string })[]
  readonly all: AllKinds
  /** Failures other than races: a test that expects none compares with []. */
  readonly failures: string[]
  /** Closes these with the harness. */
  use(...controllers: Controller[]): void
  /** Every pod that comes becomes ready at an address of its own. */
  autoReady(): Promise<void>
  close(): Promise<void>
}

/** A fake cluster with the namespace `default`. */
export async function harness(client = new FakeClient()): Promise<Harness> {
  const failures: string[] = []
  const recorded: (EventText & { name: string })[] = []
  const informers = new Informers(client)
  const failed = (controller: string, key: string, error: unknown) =>
    failures.push(`${controller} ${key}: ${error}`)
  const all = new AllKinds(client, informers, (kind, error) => failed('watch', kind.plural, error))
  await client.create(namespace('default'))
  const controllers: Controller[] = []
  return {
    client,
    failures,
    recorded,
    all,
    context: { client, informers, now: Date.now, failed },
    events: {
      record: (_, object, event) => recorded.push({ ...event, name: object.metadata.name }),
      flush: async () => undefined,
    },
    use: (...more) => controllers.push(...more),
    autoReady: async () => {
      let next = 1
      const pods = await informers.of<Pod>(POD)
      pods.on(({ type, object }) => {
        if (type !== 'ADDED') return
        void client.updateStatus({ ...object, status: running(`127.9.64.${next++}`) } as Pod)
      })
    },
    close: async () => {
      for (const controller of controllers) await controller.close()
      await all.close()
      await informers.close()
    },
  }
}
