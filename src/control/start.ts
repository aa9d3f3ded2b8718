// Composes a running cluster: data folder, authorities, API, engine, the cluster's life, the provider, the loop. One call, one close.

import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { planAddresses } from '../cluster/addresses/range.ts'
import { RangeClaim } from '../cluster/addresses/range-claim.ts'
import { hasSidecar } from '../cluster/objects/pod.ts'
import type { ClusterRuntime } from '../cluster/options.ts'
import { startCluster } from '../cluster/runtime.ts'
import { createCompiler } from '../compile/compile.ts'
import { startProvider } from '../iks/provider.ts'
import { openAccountTokenKey } from '../pki/account-tokens.ts'
import { PemStore } from '../pki/blob-store.ts'
import { openIssuer } from '../pki/issuer.ts'
import { openMeshAuthority } from '../pki/mesh-authority.ts'
import { defaultPlatform } from '../resources/snapshot.ts'
import { watchObjects } from '../sources/embedded/watch-objects.ts'
import { createStatusWriter } from '../status/writer.ts'
import { AccessLog } from './access-log.ts'
import { ServiceAccountTokens } from './account-tokens.ts'
import { admissionPlugins } from './admission/plugins.ts'
import { startApi } from './api.ts'
import { openFolder } from './data/open.ts'
import { clusterPaths } from './data/paths.ts'
import { engineChoiceText } from './engine/choice.ts'
import { makeEngine } from './engine/make-engine.ts'
import { fetchText } from './fetch-text.ts'
import { Gate } from './gate.ts'
import { inForce, isRouting } from './in-force.ts'
import { podVariables, startInside, trustVariables } from './inside.ts'
import { installCrds } from './install-crds.ts'
import { logLine } from './log-diagnostic.ts'
import { IssuerKeys } from './loop/issuer-keys.ts'
import { type Loop, startLoop } from './loop/loop.ts'
import { MeshIdentityKeeper } from './loop/mesh-identities.ts'
import { PemIndexes } from './loop/pem-indexes.ts'
import { startNames } from './names.ts'
import type { StartOptions } from './options.ts'
import { packageRoot } from './package-root.ts'
import { ProxyPods } from './proxy-pods.ts'
import type { Running } from './running.ts'
import { RunningCluster } from './running-cluster.ts'
import { ServiceNames } from './service-names.ts'
import { UserError } from './user-error.ts'

/** From `nlb-dns create` to its certificate: long enough to be seen as `pending`. */
const REGISTRATION_DELAY_MS = 300

/** A cluster whose doors stay shut longer than this is up all the same: its user may want to see why. */
const DOORS_LIMIT_MS = 30_000

/** Resolves when the platform objects exist and both doors are in force. Throws UserError for what the user can cure; nothing is left open then. */
export async function startSallyport(options: StartOptions): Promise<Running> {
  const { log, progress = () => undefined } = options
  const closers: (() => unknown)[] = []
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) {
      try {
        await close()
      } catch (error) {
        // What comes after must be closed all the same: the lock on the data folder is last.
        log(`closing failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`)
      }
    }
  }
  try {
    progress('opening the data folder')
    const paths = clusterPaths(options.root, options.name)
    const claim = new RangeClaim()
    closers.push(() => claim.release())
    const folder = await openFolder(paths, options.name, {
      ephemeral: options.ephemeral,
      chooseRange: () => claim.takeFree(),
    })
    closers.push(() => folder.close())
    const { identity, range } = folder.cluster
    if (!folder.created && !(await claim.take(range))) throw rangeInUse(range, paths.cluster)
    mkdirSync(paths.pki, { recursive: true, mode: 0o700 })
    const accessLog = new AccessLog(paths.accessLog)
    closers.push(() => accessLog.close())
    const [addresses, tokenKey, mesh, issuer] = await Promise.all([
      planAddresses(range),
      openAccountTokenKey({ folder: paths.pki }),
      openMeshAuthority({
        folder: paths.pki,
        ...(options.meshCertificateLifetimeMs === undefined
          ? {}
          : { lifetimeMs: options.meshCertificateLifetimeMs }),
      }),
      openIssuer({
        folder: paths.pki,
        profile: options.issuerProfile,
        ...(options.certificateLifetimeMs === undefined ? {} : { lifetimeMs: options.certificateLifetimeMs }),
      }),
    ])

    progress('starting the API')
    let cluster: ClusterRuntime | undefined
    let loop: Loop | undefined
    const alive = (): ClusterRuntime => {
      if (!cluster) throw new Error('the cluster is starting')
      return cluster
    }
    const accountTokens = new ServiceAccountTokens(tokenKey)
    const api = await startApi({
      name: options.name,
      paths,
      addresses,
      ephemeral: options.ephemeral,
      admission: admissionPlugins,
      accountTokens,
      podLogs: async (...request) => alive().podLogs(...request),
      podStreams: {
        exec: async (...request) => alive().exec(...request),
        dial: async (...request) => alive().dial(...request),
      },
      settled: (kind) => (loop && isRouting(kind) ? inForce(loop) : Promise.resolve()),
      log,
    })
    closers.push(() => api.server.close())
    const names = await startNames(options.name, addresses, log)
    closers.push(() => names.close())

    const environment = await startInside({
      name: options.name,
      root: options.root,
      paths,
      addresses,
      names,
      anchors: [issuer.root, api.root],
    })
    closers.push(() => environment.close())
    const outside = podVariables(environment)
    const trusting = trustVariables(environment)

    const proxyPods = new ProxyPods()
    const report = (diagnostic: Parameters<typeof logLine>[0]): void => log(logLine(diagnostic))
    const engine = await makeEngine({
      choice: options.engine,
      mesh,
      directory: join(paths.folder, 'envoy'),
      host: addresses.locate(addresses.apiServer, 0).host,
      log,
      locate: addresses.locate,
      accessLog(proxy, line) {
        accessLog.write(proxy, line)
        const pod = proxyPods.podOf(proxy)
        if (pod) cluster?.proxyLog(pod.namespace, pod.name, line)
      },
      report,
      movedPorts: addresses.movedPorts,
      ...(options.hops === undefined ? {} : { hops: options.hops }),
      ...(options.workers === undefined ? {} : { workers: options.workers }),
    })
    closers.push(() => engine.close({ drainMs: 1000 }))

    progress('bringing the cluster to life')
    const blobs = new PemStore()
    const client = api.server.client
    const status = await createStatusWriter(client.as('sallyport'), {
      clock: () => new Date(),
      random: () => randomBytes(8).toString('hex'),
      report: log,
    })
    closers.push(() => status.close())
    await installCrds(client)
    const gate = new Gate()
    const objects = await watchObjects(client, () => loop?.poke())
    closers.push(() => objects.close())
    const issuerKeys = new IssuerKeys({
      // Like a command inside: the cluster's names and authorities are known.
      fetch: (uri, timeoutMs) =>
        fetchText(uri, { timeoutMs, proxy: names.proxy, anchors: [issuer.root, api.root] }),
      onChange: () => loop?.poke(),
    })
    closers.push(() => issuerKeys.close())
    const serviceNames = new ServiceNames(names.zones, defaultPlatform.clusterDomain, addresses.dns)
    loop = startLoop({
      objects: () => objects.objects(),
      compiler: createCompiler(),
      engine,
      blobs,
      pem: new PemIndexes(blobs),
      identities: new MeshIdentityKeeper(mesh, blobs),
      issuerKeys,
      status,
      platform: {
        ...defaultPlatform,
        ...(options.collector === undefined ? {} : { collector: options.collector }),
      },
      clock: Date.now,
      onApplied(state) {
        if (!state.snapshot) return
        serviceNames.update(state.snapshot.objects)
        if (proxyPods.update(state.model, engine, state.snapshot.objects)) cluster?.proxiesChanged()
        gate.changed()
      },
      onFailed: (state) => state.diagnostics.forEach(report),
    })
    const started = loop
    closers.push(() => started.close())
    cluster = await startCluster({
      client,
      addresses,
      folder: paths.folder,
      program: join(packageRoot, 'dist', 'program.js'),
      proxyReady: (pod) => proxyPods.isReady(pod.status?.podIP),
      roots: { cluster: api.root, mesh: mesh.root },
      serviceAccountToken: accountTokens.ofPod,
      platform: { clusterId: identity.id, nodeName: addresses.apiServer },
      // An injected pod reaches others through its sidecar, but trusts the same authorities.
      environment: (pod) => (hasSidecar(pod) ? trusting : outside),
      ...(options.images === undefined ? {} : { images: options.images }),
      report,
    })
    const { close } = cluster
    closers.push(close)
    cluster.proxiesChanged()

    progress('registering domains')
    const provider = await startProvider({
      api: client,
      identity,
      facts: {
        masterUrl: api.server.url,
        version: '1.35.0',
        podSubnet: `${addresses.range.replace('.0.0/16', '.64.0')}/18`,
        serviceSubnet: addresses.serviceCidr,
      },
      issuer,
      zones: names.zones,
      locate: addresses.locate,
      siteAddress: addresses.apiServer.replace(/\.1$/, '.80'),
      dnsAddress: addresses.dns,
      registrationDelayMs: REGISTRATION_DELAY_MS,
      refreshCopies: options.refreshCopies,
      ...(options.renewBeforeMs === undefined ? {} : { renewBeforeMs: options.renewBeforeMs }),
      report,
    })
    closers.push(() => provider.close())
    provider.onChange(() => gate.changed())

    progress('opening the doors')
    const running = new RunningCluster({
      file: folder.cluster,
      paths,
      locate: addresses.locate,
      api,
      names,
      engine,
      engineText: engineChoiceText(options.engine),
      loop,
      status,
      provider,
      accessLog,
      environment,
      close: closeAll,
    })
    if (!(await gate.wait(() => doorsAreOpen(running), DOORS_LIMIT_MS)))
      log('warning: not every door is open yet; see `sallyport status` and `kubectl get pods -A`')
    return running
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** A cluster keeps its range while it is stopped, and only while it is running does it hold the claim. */
function rangeInUse(range: string, file: string): UserError {
  return new UserError(
    `the addresses of this cluster, ${range}, are in use by another cluster`,
    `Stop that cluster, or start a new one with another --name. (The addresses are written in ${file}.)`,
  )
}

/** Whether the ALB has its domain, and it and a gateway are proxies in force. */
function doorsAreOpen(running: Running): boolean {
  const kinds = new Set(
    running
      .state()
      .model.proxies.filter((proxy) => proxy.addresses.length > 0)
      .map((one) => one.kind),
  )
  const doors = new Set(running.summary().doors.map((door) => door.kind))
  return kinds.has('alb') && kinds.has('gateway') && doors.has('alb') && doors.has('gateway')
}
