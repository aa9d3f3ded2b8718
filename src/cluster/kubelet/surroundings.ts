// What a container's process is started with: command, variables and folder, from the pod and everything it refers to.
import { join } from 'node:path'
import { type Container, hasSidecar, type Pod } from '../objects/pod.ts'
import type { KubeletContext } from './context.ts'
import { containerEnvironment, serviceLinks } from './environment.ts'
import { expand } from './expand.ts'
import { BUILT_IN_IMAGES, type Runnable, runnableOf } from './image.ts'
import { mountPaths, translatePaths } from './volumes.ts'

/** The sidecar's listener for outbound calls, at the pod's own address. */
export const SIDECAR_OUTBOUND_PORT = 15001

/** Variables of this process that programs need to run at all. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'TZ', 'SYSTEMROOT']

export interface Surroundings {
  readonly runnable: Runnable
  /** Empty when the engine runs it. */
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
}

/** Why a container cannot be started now. */
export interface Refusal {
  readonly reason: 'ErrImagePull' | 'InvalidImageName' | 'CreateContainerConfigError'
  readonly message: string
}

/** The address at which the programs of a pod listen. */
export function appAddress(pod: Pod, podIP: string, twinOf: (address: string) => string): string {
  return hasSidecar(pod) ? twinOf(podIP) : podIP
}

/** Where a pod's volumes are. */
export function volumesFolder(context: Pick<KubeletContext, 'folder'>, pod: Pod): string {
  return join(context.folder, 'pods', pod.metadata.uid ?? '', 'volumes')
}

/** What to start for a container of a pod that has an address. */
export function surroundingsOf(
  context: KubeletContext,
  pod: Pod,
  container: Container,
  podIP: string,
): Surroundings | Refusal {
  const mounts = mountPaths(pod, container, volumesFolder(context, pod))
  const computed = containerEnvironment({
    pod,
    container,
    references: context.references(pod.metadata.namespace ?? ''),
    place: { podIP, hostIP: context.hostIP },
    node: context.amounts,
    base: baseEnvironment(context, pod, podIP),
  })
  if ('problem' in computed) return { reason: 'CreateContainerConfigError', message: computed.problem }
  const real = (text: string) => translatePaths(expand(text, computed.env), mounts)
  const resolved = {
    ...container,
    ...(container.command ? { command: container.command.map(real) } : {}),
    ...(container.args ? { args: container.args.map(real) } : {}),
  }
  const runnable = runnableOf(pod, resolved, context.images)
  if (!runnable) return unmapped(container)
  const declared = (container.ports ?? []).map((port) => port.containerPort)
  const ports = runnable.kind === 'engine' ? [] : runnable.ports
  const listening = listenVariables(context, pod, podIP, [...declared, ...ports])
  const env = { ...mapValues(computed.env, (value) => translatePaths(value, mounts)), ...listening }
  const command =
    runnable.kind === 'program'
      ? [process.execPath, context.program, runnable.name, ...runnable.args]
      : runnable.kind === 'command'
        ? runnable.command.map((word) => expand(word, env))
        : []
  const workingDir = container.workingDir
  const cwd =
    workingDir && mounts.some(([mount]) => isWithin(workingDir, mount)) ? real(workingDir) : undefined
  return { runnable, command, env, cwd: cwd ?? join(context.folder, 'pods', pod.metadata.uid ?? '') }
}

function unmapped(container: Container): Refusal {
  const image = container.image ?? ''
  if (!/^[\w][\w.:/@-]*$/.test(image)) {
    return {
      reason: 'InvalidImageName',
      message: `couldn't parse image name "${image}": invalid reference format`,
    }
  }
  return {
    reason: 'ErrImagePull',
    message:
      `image "${image}" has no program on this machine: containers are processes here, and images are not downloaded. ` +
      'Say what to run for it: under images: in sallyport.yaml, or with the pod annotation sallyport.dev/command. ' +
      `Built in are ${BUILT_IN_IMAGES.join(', ')}.`,
  }
}

function baseEnvironment(context: KubeletContext, pod: Pod, podIP: string): Record<string, string> {
  const inherited = INHERITED.flatMap((name): [string, string][] => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })
  return {
    ...Object.fromEntries(inherited),
    HOSTNAME: pod.spec.hostname ?? pod.metadata.name,
    ...serviceLinks(context.services(), pod.metadata.namespace ?? '', context.addresses.locate),
    ...context.environment?.(pod),
    ...(hasSidecar(pod) ? sidecarVariables(context, podIP) : {}),
  }
}

/** There are no iptables here: outbound calls reach the sidecar because programs are told that it is their proxy. */
function sidecarVariables(context: KubeletContext, podIP: string): Record<string, string> {
  const { host, port } = context.addresses.locate(podIP, SIDECAR_OUTBOUND_PORT)
  const proxy = `http://${host}:${port}`
  const direct = 'localhost,127.0.0.1,::1'
  return {
    http_proxy: proxy,
    HTTP_PROXY: proxy,
    https_proxy: proxy,
    HTTPS_PROXY: proxy,
    no_proxy: direct,
    NO_PROXY: direct,
  }
}

/** `SALLYPORT_ADDRESS` is where to listen, `SALLYPORT_PORT_<n>` the port to take for port n (ports below 1024 may be mapped). */
function listenVariables(
  context: KubeletContext,
  pod: Pod,
  podIP: string,
  ports: readonly number[],
): Record<string, string> {
  const address = appAddress(pod, podIP, context.addresses.twinOf)
  const places = [...new Set(ports)].map((port) => [port, context.addresses.locate(address, port)] as const)
  const host = places[0]?.[1].host ?? context.addresses.locate(address, 1024).host
  return {
    SALLYPORT_ADDRESS: host,
    ...Object.fromEntries(places.map(([port, place]) => [`SALLYPORT_PORT_${port}`, String(place.port)])),
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
