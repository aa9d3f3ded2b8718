// The pipeline without HTTP, over a store in memory: for tests that count and order things.

import type { ApiClient } from '../client.ts'
import { namespaceKind } from '../kinds/namespace.ts'
import { localClient } from '../local-client.ts'
import type { Core } from '../pipeline/request.ts'
import { Registry } from '../registry.ts'
import { Store, type StoreOptions } from '../store/store.ts'
import { MASTERS } from '../user.ts'
import { widgetKind } from './widget-kind.ts'

export interface MemoryCore {
  readonly core: Core
  readonly client: ApiClient
  /** What the server would have logged. */
  readonly problems: string[]
  /** Ms since the epoch as the core and its store see it. */
  readonly clock: { now: number }
}

/** Serves namespaces and widgets; namespace `default` is there. */
export async function memoryCore(options: StoreOptions = {}): Promise<MemoryCore> {
  const clock = { now: Date.now() }
  const problems: string[] = []
  const core: Core = {
    store: new Store({ now: () => clock.now, ...options }),
    registry: new Registry([namespaceKind, widgetKind]),
    admission: [],
    serviceCidr: '10.0.0.0/16',
    now: () => clock.now,
    report: (problem) => problems.push(problem),
  }
  const client = localClient(core, { name: 'test', groups: [MASTERS] }, 'test')
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } })
  return { core, client, problems, clock }
}
