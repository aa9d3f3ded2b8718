// Defaults of pods and pod templates, as core/v1 fills them (kubectl shows them in `get -o yaml`).
import type { Container, EnvVar, Handler, Loose, PodSpec, Probe, Volume } from './pod-type.ts'

/** Fills a pod spec. `pod`: a pod itself and not a template, whose requests follow limits and which gets service links. */
export function defaultPodSpec(spec: PodSpec, pod: boolean): PodSpec {
  const account = spec.serviceAccountName || spec.serviceAccount
  const { containers, initContainers, volumes } = spec
  const container = (one: Container): Container => defaultContainer(one, pod, spec.hostNetwork === true)
  return {
    ...spec,
    ...(containers ? { containers: containers.map(container) } : {}),
    ...(initContainers ? { initContainers: initContainers.map(container) } : {}),
    ...(volumes ? { volumes: volumes.map(defaultVolume) } : {}),
    restartPolicy: spec.restartPolicy || 'Always',
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
    dnsPolicy: spec.dnsPolicy || 'ClusterFirst',
    ...(account ? { serviceAccountName: account, serviceAccount: account } : {}),
    securityContext: spec['securityContext'] ?? {},
    schedulerName: spec.schedulerName || 'default-scheduler',
    ...(pod ? { enableServiceLinks: spec['enableServiceLinks'] ?? true } : {}),
  }
}

function defaultContainer(container: Container, pod: boolean, hostNetwork: boolean): Container {
  const { ports, env, resources = {}, lifecycle } = container
  const probes = (['livenessProbe', 'readinessProbe', 'startupProbe'] as const).flatMap((name) => {
    const probe = container[name]
    return probe ? [[name, defaultProbe(probe)] as const] : []
  })
  return {
    ...container,
    ...(ports
      ? {
          ports: ports.map((port) => ({
            ...port,
            ...(hostNetwork && !port.hostPort && port.containerPort ? { hostPort: port.containerPort } : {}),
            protocol: port.protocol || 'TCP',
          })),
        }
      : {}),
    ...(env ? { env: env.map(defaultEnv) } : {}),
    ...Object.fromEntries(probes),
    ...(lifecycle
      ? {
          lifecycle: {
            ...(lifecycle.postStart ? { postStart: defaultHandler(lifecycle.postStart) } : {}),
            ...(lifecycle.preStop ? { preStop: defaultHandler(lifecycle.preStop) } : {}),
          },
        }
      : {}),
    imagePullPolicy: container.imagePullPolicy || pullPolicy(container.image ?? ''),
    resources:
      pod && resources.limits
        ? { ...resources, requests: { ...resources.limits, ...resources.requests } }
        : resources,
    terminationMessagePath: container['terminationMessagePath'] || '/dev/termination-log',
    terminationMessagePolicy: container.terminationMessagePolicy || 'File',
  }
}

/** `latest`, said or meant, is pulled each time. */
function pullPolicy(image: string): string {
  if (image.includes('@')) return 'IfNotPresent'
  const last = image.slice(image.lastIndexOf('/') + 1)
  const colon = last.indexOf(':')
  return colon < 0 || last.slice(colon + 1) === 'latest' ? 'Always' : 'IfNotPresent'
}

function defaultEnv(variable: EnvVar): EnvVar {
  const { valueFrom } = variable
  if (!valueFrom?.fieldRef) {
    const resource = valueFrom?.resourceFieldRef
    if (!resource) return variable
    return {
      ...variable,
      valueFrom: { ...valueFrom, resourceFieldRef: { ...resource, divisor: resource.divisor ?? '0' } },
    }
  }
  return { ...variable, valueFrom: { ...valueFrom, fieldRef: defaultFieldRef(valueFrom.fieldRef) } }
}

const defaultFieldRef = (ref: { readonly apiVersion?: string; readonly fieldPath?: string }) => ({
  ...ref,
  apiVersion: ref.apiVersion || 'v1',
})

function defaultHandler<T extends Handler>(handler: T): T {
  const { httpGet, grpc } = handler
  return {
    ...handler,
    ...(httpGet
      ? { httpGet: { ...httpGet, path: httpGet.path || '/', scheme: httpGet.scheme || 'HTTP' } }
      : {}),
    ...(grpc ? { grpc: { ...grpc, service: grpc.service ?? '' } } : {}),
  }
}

function defaultProbe(probe: Probe): Probe {
  return {
    ...defaultHandler(probe),
    timeoutSeconds: probe.timeoutSeconds || 1,
    periodSeconds: probe.periodSeconds || 10,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  }
}

/** rw-r--r--: the mode of projected files. */
const FILE_MODE = 0o644

function defaultVolume(volume: Volume): Volume {
  const { name: _, ...sources } = volume
  const [type] = Object.keys(sources)
  if (type === undefined) return { ...volume, emptyDir: {} }
  const source = sources[type]
  if (typeof source !== 'object' || source === null) return volume
  switch (type) {
    case 'secret':
    case 'configMap':
      return { ...volume, [type]: withMode(source) }
    case 'downwardAPI':
      return { ...volume, downwardAPI: downward(withMode(source)) }
    case 'projected': {
      const { sources: list } = source as { sources?: readonly Loose[] }
      return {
        ...volume,
        projected: { ...withMode(source), ...(list ? { sources: list.map(defaultProjection) } : {}) },
      }
    }
    case 'hostPath':
      return { ...volume, hostPath: { ...source, type: (source as Loose)['type'] ?? '' } }
    default:
      return volume
  }
}

const withMode = (source: object): Loose => ({
  ...source,
  defaultMode: (source as { defaultMode?: number }).defaultMode ?? FILE_MODE,
})

function downward(source: Loose): Loose {
  const items = source['items'] as readonly { fieldRef?: { fieldPath?: string } }[] | undefined
  if (!items) return source
  return {
    ...source,
    items: items.map((item) =>
      item.fieldRef ? { ...item, fieldRef: defaultFieldRef(item.fieldRef) } : item,
    ),
  }
}

function defaultProjection(source: Loose): Loose {
  const token = source['serviceAccountToken'] as Loose | undefined
  const api = source['downwardAPI'] as Loose | undefined
  return {
    ...source,
    ...(token ? { serviceAccountToken: { expirationSeconds: 3600, ...token } } : {}),
    ...(api ? { downwardAPI: downward(api) } : {}),
  }
}
