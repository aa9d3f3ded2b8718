// An embedded cluster inside the test process: the real API server in front of real processes, no engine.
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ApiClient } from '../../src/apiserver/client.ts'
import { startApiServer } from '../../src/apiserver/server.ts'
import type { AddressPlan } from '../../src/cluster/addresses/plan.ts'
import { planAddresses } from '../../src/cluster/addresses/range.ts'
import { RangeClaim } from '../../src/cluster/addresses/range-claim.ts'
import { injectionPlugin } from '../../src/cluster/injection/plugin.ts'
import type { Deployment } from '../../src/cluster/objects/deployment.ts'
import type { Pod } from '../../src/cluster/objects/pod.ts'
import type { ClusterOptions, ClusterRuntime, LogOptions } from '../../src/cluster/options.ts'
import { startCluster } from '../../src/cluster/runtime.ts'
import { DEPLOYMENT, EVENT, POD } from '../../src/resources/kinds.ts'
import { type KindRef, type KubeObject, keyOf } from '../../src/resources/object.ts'
import { root } from '../sallyport.ts'

export interface TestCluster {
  readonly client: ApiClient
  readonly runtime: ClusterRuntime
  readonly addresses: AddressPlan
  /** Resolves with the object once `holds` is true of it. */
  until<T extends KubeObject>(
    kind: KindRef,
    name: string,
    holds: (object: T | undefined) => boolean,
  ): Promise<T | undefined>
  pod(name: string, spec: Pod['spec'], annotations?: Record<string, string>): Promise<Pod>
  /** Waits until the Deployment has rolled out completely. */
  rolledOut(name: string): Promise<Deployment | undefined>
  log(pod: string, options?: LogOptions): Promise<string>
  events(name: string): Promise<readonly string[]>
  /** A GET at a logical address. */
  get(address: string, port: number, path: string): Promise<{ status: number; body: string }>
  /** Ends cluster and API; the folder stays for another start. */
  stop(): Promise<void>
}

export const NAMESPACE = 'default'

/** A folder for clusters, and what still runs out of it. */
export class ClusterFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'sallyport-cluster-'))

  /** Process ids whose working directory is in the folder. */
  processes(): number[] {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && workingDirectory(pid).startsWith(this.path))
  }

  /** Fails when a process is left. */
  remove(): void {
    expect(this.processes()).toEqual([])
    rmSync(this.path, { recursive: true, force: true })
  }
}

function workingDirectory(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

/** Starts (again) the cluster of a folder. */
export async function startTestCluster(
  folder: ClusterFolder,
  options: Partial<ClusterOptions> & { readonly range?: string } = {},
): Promise<TestCluster> {
  const claim = new RangeClaim()
  if (options.range !== undefined) expect(await claim.take(options.range)).toBe(true)
  const addresses = await planAddresses(options.range ?? (await claim.takeFree()))
  const api = await startApiServer({
    store: { file: join(folder.path, 'state.db') },
    serviceCidr: addresses.serviceCidr,
    admission: [injectionPlugin],
    report: (problem) => process.stderr.write(`api: ${problem}\n`),
  })
  const { client } = api
  const runtime = await startCluster({
    client,
    addresses,
    folder: folder.path,
    program: join(root, 'dist', 'program.js'),
    proxyReady: () => true,
    roots: { cluster: 'cluster root', mesh: 'mesh root' },
    platform: { clusterId: 'test', nodeName: 'here' },
    report: ({ code, message }) => process.stderr.write(`${code} ${message}\n`),
    ...options,
  })
  const until: TestCluster['until'] = async <T extends KubeObject>(
    kind: KindRef,
    name: string,
    holds: (object: T | undefined) => boolean,
  ) => {
    const informer = await client.informer<T>(kind)
    const key = keyOf(kind.namespaced ? { namespace: NAMESPACE, name } : { name })
    try {
      return await new Promise<T | undefined>((resolve) => {
        const look = () => {
          const object = informer.cache.get(key)
          if (holds(object)) resolve(object)
        }
        informer.on(look)
        look()
      })
    } finally {
      informer.close()
    }
  }
  return {
    client,
    runtime,
    addresses,
    until,
    pod: (name, spec, annotations = {}) =>
      client.create<Pod>({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: NAMESPACE, annotations },
        spec,
      } as Pod),
    rolledOut: (name) =>
      until<Deployment>(DEPLOYMENT, name, (one) => {
        const { spec, status, metadata } = one ?? {}
        const wanted = spec?.replicas ?? 1
        return (
          status?.observedGeneration === metadata?.generation &&
          status?.updatedReplicas === wanted &&
          status.replicas === wanted &&
          status.availableReplicas === wanted
        )
      }),
    log: async (pod, query) => {
      let text = ''
      for await (const chunk of await runtime.podLogs(NAMESPACE, pod, query)) text += Buffer.from(chunk)
      return text
    },
    events: async (name) => {
      const all = await client.list<
        KubeObject & { reason: string; message: string; involvedObject: { name: string } }
      >(EVENT)
      return all.items
        .filter((one) => one.involvedObject.name === name)
        .map((one) => `${one.reason}: ${one.message}`)
    },
    get: (address, port, path) => fetchAt(addresses.locate(address, port), path),
    stop: async () => {
      await runtime.close()
      await api.close()
      await claim.release()
    },
  }
}

/** One request on a connection of its own. */
function fetchAt(
  place: { host: string; port: number },
  path: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...place, path, agent: false }, (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}

export function deployment(name: string, container: object, spec: object = {}): KubeObject {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', ...container }] } },
      ...spec,
    },
  } as KubeObject
}

export function service(name: string, port: number, targetPort: number, spec: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: NAMESPACE },
    spec: { selector: { app: name }, ports: [{ port, targetPort }], ...spec },
  } as KubeObject
}

/** The first container's status. */
export function firstStatus(pod: Pod | undefined) {
  return pod?.status?.containerStatuses?.[0]
}

export { POD }
