// Brings the embedded cluster to life: controllers, pods as processes, service forwarding. One call, one close.
import { mkdirSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { ApiError } from '../apiserver/client.ts'
import { CONFIG_MAP, POD, SECRET, SERVICE } from '../resources/kinds.ts'
import { keyOf } from '../resources/object.ts'
import type { Locate } from './addresses/locate.ts'
import { AllKinds } from './controllers/all-kinds.ts'
import { type Controller, type ControllerContext, tolerate } from './controllers/controller.ts'
import { startDeploymentController } from './controllers/deployment/controller.ts'
import { startEndpointsController } from './controllers/endpoints/controller.ts'
import { startGarbageCollector } from './controllers/garbage/controller.ts'
import { Informers } from './controllers/informers.ts'
import { startLoadBalancerController } from './controllers/load-balancer.ts'
import { startNamespaceController } from './controllers/namespace/controller.ts'
import { startNamespaceDefaults } from './controllers/namespace/defaults.ts'
import { ensureNode } from './controllers/node.ts'
import { startReplicaSetController } from './controllers/replica-set.ts'
import { startScheduler } from './controllers/scheduler.ts'
import { type EventRecorder, eventRecorder } from './events.ts'
import { failure } from './failure.ts'
import type { KubeletContext } from './kubelet/context.ts'
import { Kubelet } from './kubelet/kubelet.ts'
import type { ConfigMap, Secret } from './objects/namespace.ts'
import type { Pod } from './objects/pod.ts'
import type { Service } from './objects/service.ts'
import type { ClusterOptions, ClusterRuntime } from './options.ts'
import { platformObjects } from './platform/platform.ts'
import { dialPod } from './pod-dial.ts'
import { startServiceProxy } from './service-proxy/service-proxy.ts'

/** Starts everything that makes the objects behind `options.client` real; resolves once the platform objects exist and all controllers run. */
export async function startCluster(options: ClusterOptions): Promise<ClusterRuntime> {
  mkdirSync(options.folder, { recursive: true })
  const { client, report } = options
  const failed = (what: string, key: string, error: unknown) => report(failure(what, key, error))
  const context: ControllerContext = { client, informers: new Informers(client), now: Date.now, failed }
  const events = eventRecorder(client, options.platform.nodeName, Date.now)
  // In the order in which they are called: those who act first, then what they act with.
  const closers: (() => Promise<void>)[] = [() => events.flush(), () => context.informers.close()]
  const close = async () => {
    for (const closer of closers.splice(0)) await closer()
  }
  try {
    const kubelet = new Kubelet(await kubeletContext(options, context, events), options.platform.nodeName)
    closers.unshift(() => kubelet.close())
    await ensureNode(context, options.platform.nodeName, options.addresses.apiServer)
    await kubelet.start(context.informers)
    const references = await watchReferences(context, kubelet)
    closers.unshift(references.close)
    const controllers = await startControllers(options, context, events)
    closers.unshift(controllers.close)
    await createPlatform(options)
    const cleaners = await startCleaners(context)
    closers.unshift(cleaners.close)
    return { ...(await podAccess(context, kubelet, options.addresses.locate)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function startControllers(
  options: ClusterOptions,
  context: ControllerContext,
  events: EventRecorder,
): Promise<Controller> {
  const { addresses, platform, report, roots } = options
  const started = await Promise.all([
    startNamespaceDefaults(context, roots),
    startLoadBalancerController(context, events, addresses),
    startDeploymentController(context, events),
    startReplicaSetController(context, events),
    startScheduler(context, events, platform.nodeName),
    startEndpointsController(context),
    startServiceProxy(context, addresses, report),
  ])
  return { close: () => closeAll(started) }
}

/** Garbage collection and namespace deletion look at every kind; a new cluster can be used before they do. */
async function startCleaners(context: ControllerContext): Promise<Controller> {
  const all = new AllKinds(context.client, context.informers, (kind, error) =>
    context.failed('watch of', kind.plural, error),
  )
  await all.start()
  const started = await Promise.all([
    startGarbageCollector(context, all),
    startNamespaceController(context, all),
  ])
  return { close: () => closeAll([...started, all]) }
}

async function closeAll(controllers: readonly Controller[]): Promise<void> {
  await Promise.all(controllers.map((controller) => controller.close()))
}

/** What is there already stays as its user changed it. */
async function createPlatform({ client, platform }: ClusterOptions): Promise<void> {
  const provider = client.as('sallyport')
  for (const object of platformObjects(platform)) await tolerate('AlreadyExists', provider.create(object))
}

async function podAccess(
  context: ControllerContext,
  kubelet: Kubelet,
  locate: Locate,
): Promise<Omit<ClusterRuntime, 'close'>> {
  const pods = await context.informers.of<Pod>(POD)
  const podNamed = (namespace: string, name: string): Pod => {
    const pod = pods.cache.get(keyOf({ namespace, name }))
    if (!pod) throw new ApiError(404, 'NotFound', `pods "${name}" not found`)
    return pod
  }
  return {
    podLogs: async (namespace, name, query = {}) => kubelet.logs(podNamed(namespace, name), query),
    exec: async (namespace, name, query) => kubelet.exec(podNamed(namespace, name), query),
    dial: async (namespace, name, port) => dialPod(podNamed(namespace, name), port, locate),
    proxyLog: (namespace, name, line) => {
      const pod = pods.cache.get(keyOf({ namespace, name }))
      if (pod) kubelet.proxyLog(pod, line)
    },
    proxiesChanged: () => kubelet.proxiesChanged(),
  }
}

async function kubeletContext(
  options: ClusterOptions,
  context: ControllerContext,
  events: EventRecorder,
): Promise<KubeletContext> {
  const [configMaps, secrets, services, pods] = await Promise.all([
    context.informers.of<ConfigMap>(CONFIG_MAP),
    context.informers.of<Secret>(SECRET),
    context.informers.of<Service>(SERVICE),
    context.informers.of<Pod>(POD),
  ])
  return {
    ...options,
    client: options.client.as('kubelet'),
    events,
    images: options.images ?? {},
    hostIP: options.addresses.apiServer,
    amounts: { cpu: cpus().length, memory: totalmem() },
    now: context.now,
    references: (namespace) => ({
      configMap: (name) => configMaps.cache.get(keyOf({ namespace, name })),
      secret: (name) => secrets.cache.get(keyOf({ namespace, name })),
    }),
    services: () => services.cache.values(),
    latest: (pod) => {
      const latest = pods.cache.get(keyOf(pod.metadata))
      return latest?.metadata.uid === pod.metadata.uid ? latest : undefined
    },
    failed: context.failed,
  }
}

/** Pods see changed ConfigMaps and Secrets in their volumes, and those that wait for one go on. */
async function watchReferences(context: ControllerContext, kubelet: Kubelet): Promise<Controller> {
  const informers = await Promise.all([CONFIG_MAP, SECRET].map((kind) => context.informers.of(kind)))
  const stops = informers.map((informer) =>
    informer.on(({ type, object }) => {
      if (type !== 'DELETED') kubelet.referencesChanged(object.metadata.namespace ?? '')
    }),
  )
  return {
    close: async () => {
      for (const stop of stops) stop()
    },
  }
}
