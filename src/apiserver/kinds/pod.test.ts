// Pods, Deployments and their kin: defaults, rules and table cells as kubectl shows them.
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../resources/object.ts'
import { ApiError } from '../client.ts'
import type { KindDefinition, RuleContext } from '../kind.ts'
import { formatFieldError } from '../validation/field-error.ts'
import { deploymentKind } from './deployment.ts'
import { podKind } from './pod.ts'
import { replicaSetKind } from './replica-set.ts'

const now = Date.parse('2026-01-01T01:00:00Z')
const context = (extra: Partial<RuleContext> = {}): RuleContext => ({
  operation: 'create',
  now: '2026-01-01T00:00:00Z',
  dryRun: false,
  get: () => undefined,
  list: () => [],
  serviceCidr: '127.9.16.0/20',
  ...extra,
})
const metadata = {
  name: 'web',
  namespace: 'default',
  uid: '11111111-2222-3333-4444-5555abcde123',
  creationTimestamp: '2026-01-01T00:00:00Z',
}
const pod = (spec: object, rest: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata, spec, ...rest }) as KubeObject
const deployment = (spec: object): KubeObject =>
  ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }) as KubeObject

const defaulted = (kind: KindDefinition, object: KubeObject): KubeObject => kind.default?.(object) ?? object
const created = (kind: KindDefinition, object: KubeObject, extra?: Partial<RuleContext>): KubeObject =>
  kind.prepare?.(defaulted(kind, object), undefined, context(extra)) ?? object
const errors = (kind: KindDefinition, object: KubeObject, old?: KubeObject): string[] =>
  (kind.validate?.(object, old, context({ operation: old ? 'update' : 'create' })) ?? []).map(
    formatFieldError,
  )

describe('a pod', () => {
  it('gets the defaults that kubectl shows', () => {
    const { spec } = defaulted(
      podKind,
      pod({
        containers: [
          {
            name: 'c',
            image: 'nginx',
            ports: [{ containerPort: 80 }],
            readinessProbe: { httpGet: { port: 80 } },
            resources: { limits: { cpu: '1' } },
            env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
          },
          { name: 'd', image: 'repo:5000/x/y:1.2' },
        ],
        volumes: [{ name: 'e' }, { name: 's', secret: { secretName: 'x' } }],
      }),
    ) as KubeObject & { spec: object }
    expect(spec).toEqual({
      containers: [
        {
          name: 'c',
          image: 'nginx',
          imagePullPolicy: 'Always',
          ports: [{ containerPort: 80, protocol: 'TCP' }],
          readinessProbe: {
            httpGet: { port: 80, path: '/', scheme: 'HTTP' },
            timeoutSeconds: 1,
            periodSeconds: 10,
            successThreshold: 1,
            failureThreshold: 3,
          },
          resources: { limits: { cpu: '1' }, requests: { cpu: '1' } },
          env: [{ name: 'IP', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } }],
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
        {
          name: 'd',
          image: 'repo:5000/x/y:1.2',
          imagePullPolicy: 'IfNotPresent',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      volumes: [
        { name: 'e', emptyDir: {} },
        { name: 's', secret: { secretName: 'x', defaultMode: 420 } },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
      enableServiceLinks: true,
    })
  })

  it('defaults are idempotent', () => {
    const once = defaulted(
      podKind,
      pod({ containers: [{ name: 'c', image: 'x' }], volumes: [{ name: 'e' }] }),
    )
    expect(defaulted(podKind, once)).toEqual(once)
  })

  it('gets an account with its token, a status and tolerations when it is created', () => {
    const object = created(podKind, pod({ containers: [{ name: 'c', image: 'x' }] })) as KubeObject & {
      spec: Record<string, unknown>
      status: unknown
    }
    expect(object.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' })
    expect(object.spec).toMatchObject({
      serviceAccountName: 'default',
      serviceAccount: 'default',
      volumes: [{ name: 'kube-api-access-de123' }],
      containers: [{ volumeMounts: [{ mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }] }],
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', tolerationSeconds: 300 },
      ],
    })
    expect(errors(podKind, object)).toEqual([])
  })

  it('is refused when its account does not exist, and gets no token when the account says so', () => {
    const spec = { serviceAccountName: 'bot', containers: [{ name: 'c', image: 'x' }] }
    expect(() => created(podKind, pod(spec))).toThrow(ApiError)
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'bot' },
      automountServiceAccountToken: false,
    }
    expect(created(podKind, pod(spec), { get: () => account as KubeObject })).not.toHaveProperty(
      'spec.volumes',
    )
  })

  it.each<[object, string]>([
    [{ containers: [] }, 'spec.containers: Required value'],
    [{ containers: [{ name: 'A', image: 'x' }] }, 'spec.containers[0].name: Invalid value: "A"'],
    [{ containers: [{ name: 'a' }] }, 'spec.containers[0].image: Required value'],
    [
      {
        containers: [
          { name: 'a', image: 'x' },
          { name: 'a', image: 'x' },
        ],
      },
      'spec.containers[1].name: Duplicate value: "a"',
    ],
    [
      { containers: [{ name: 'a', image: 'x', ports: [{ containerPort: 70000 }] }] },
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      { containers: [{ name: 'a', image: 'x', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [
      { containers: [{ name: 'a', image: 'x', imagePullPolicy: 'Sometimes' }] },
      'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
    ],
    [
      { containers: [{ name: 'a', image: 'x', livenessProbe: {} }] },
      'spec.containers[0].livenessProbe: Required value: must specify a handler type',
    ],
    [
      {
        containers: [
          {
            name: 'a',
            image: 'x',
            env: [{ name: 'E', value: '1', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          },
        ],
      },
      'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
    [
      {
        containers: [
          { name: 'a', image: 'x', resources: { limits: { cpu: '100m' }, requests: { cpu: '1' } } },
        ],
      },
      'spec.containers[0].resources.requests: Invalid value: "1": must be less than or equal to cpu limit of 100m',
    ],
    [
      {
        containers: [{ name: 'a', image: 'x' }],
        volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }],
      },
      'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
    ],
    [
      { containers: [{ name: 'a', image: 'x' }], restartPolicy: 'Perhaps' },
      'spec.restartPolicy: Unsupported value: "Perhaps": supported values: "Always", "OnFailure", "Never"',
    ],
  ])('%j is refused', (spec, message) => {
    expect(errors(podKind, defaulted(podKind, pod(spec))).join('\n')).toContain(message)
  })

  it('may change its images and be scheduled once, and nothing else', () => {
    const old = created(podKind, pod({ containers: [{ name: 'c', image: 'x:1' }] })) as KubeObject & {
      spec: { containers: object[] }
    }
    const change = (spec: object): string[] =>
      errors(podKind, { ...old, spec: { ...old.spec, ...spec } } as KubeObject, old)
    expect(change({ containers: [{ ...old.spec.containers[0], image: 'x:2' }] })).toEqual([])
    expect(change({ nodeName: 'n' })).toEqual([])
    expect(change({ hostname: 'h' })[0]).toMatch(
      /^spec: Forbidden: pod updates may not change fields other than/,
    )
    expect(change({ containers: [] })).toContain(
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    )
    const bound = { ...old, spec: { ...old.spec, nodeName: 'n' } } as KubeObject
    expect(
      errors(podKind, { ...old, spec: { ...old.spec, nodeName: 'm' } } as KubeObject, bound),
    ).toHaveLength(1)
  })

  it('is another generation when its spec is, but not when it is scheduled', () => {
    const old = pod({ hostname: 'h', containers: [{ name: 'c', image: 'x' }] })
    const reordered = pod({ containers: [{ image: 'x', name: 'c' }], hostname: 'h', nodeName: 'n' })
    expect(podKind.specChanged?.(reordered, old)).toBe(false)
    expect(podKind.specChanged?.(pod({ containers: [{ name: 'c', image: 'y' }] }), old)).toBe(true)
  })

  it('ends gracefully only where it runs', () => {
    const spec = { containers: [{ name: 'c', image: 'x' }], terminationGracePeriodSeconds: 7 }
    expect(podKind.gracePeriod?.(pod(spec))).toBe(0)
    expect(podKind.gracePeriod?.(pod({ ...spec, nodeName: 'n' }))).toBe(7)
    expect(podKind.gracePeriod?.(pod({ ...spec, nodeName: 'n' }, { status: { phase: 'Failed' } }))).toBe(0)
  })
})

describe('the status column', () => {
  const container = (state: object, rest: object = {}) => ({ name: 'c', state, restartCount: 0, ...rest })
  const ready = [{ type: 'Ready', status: 'True' }]
  it.each<[string, object, object, readonly (string | number | null)[]]>([
    ['Pending', {}, { phase: 'Pending' }, ['0/1', 'Pending', '0']],
    [
      'Running',
      {},
      {
        phase: 'Running',
        conditions: ready,
        containerStatuses: [container({ running: {} }, { ready: true })],
      },
      ['1/1', 'Running', '0'],
    ],
    [
      'ImagePullBackOff',
      {},
      { phase: 'Pending', containerStatuses: [container({ waiting: { reason: 'ImagePullBackOff' } })] },
      ['0/1', 'ImagePullBackOff', '0'],
    ],
    [
      'CrashLoopBackOff',
      {},
      {
        phase: 'Running',
        containerStatuses: [
          container(
            { waiting: { reason: 'CrashLoopBackOff' } },
            { restartCount: 3, lastState: { terminated: { finishedAt: '2026-01-01T00:57:00Z' } } },
          ),
        ],
      },
      ['0/1', 'CrashLoopBackOff', '3 (3m ago)'],
    ],
    [
      'Completed',
      {},
      {
        phase: 'Succeeded',
        containerStatuses: [container({ terminated: { exitCode: 0, reason: 'Completed' } })],
      },
      ['0/1', 'Completed', '0'],
    ],
    [
      'Error',
      {},
      { phase: 'Failed', containerStatuses: [container({ terminated: { exitCode: 1 } })] },
      ['0/1', 'ExitCode:1', '0'],
    ],
    [
      'Init',
      { initContainers: [{ name: 'i' }] },
      { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { running: {} } }] },
      ['0/1', 'Init:0/1', '0'],
    ],
    [
      'sidecar',
      { initContainers: [{ name: 'i', restartPolicy: 'Always' }] },
      {
        phase: 'Running',
        conditions: ready,
        initContainerStatuses: [{ name: 'i', started: true, ready: true, state: { running: {} } }],
        containerStatuses: [container({ running: {} }, { ready: true })],
      },
      ['2/2', 'Running', '0'],
    ],
  ])('%s', (_, spec, status, cells) => {
    const object = pod({ containers: [{ name: 'c' }], ...spec }, { status })
    expect(podKind.table.cells(object, now).slice(1, 4)).toEqual(cells)
    expect(podKind.table.cells(object, now)).toHaveLength(podKind.table.columns.length)
  })
  it('says Terminating once deletion was asked for', () => {
    const object = pod(
      { containers: [{ name: 'c' }] },
      { metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:30:00Z' }, status: { phase: 'Running' } },
    )
    expect(podKind.table.cells(object, now)[2]).toBe('Terminating')
  })
})

describe('a deployment', () => {
  const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'x:1' }] } }
  const selector = { matchLabels: { app: 'a' } }
  const valid = (): KubeObject => created(deploymentKind, deployment({ selector, template }))

  it('gets its defaults', () => {
    expect(valid()).toMatchObject({
      spec: {
        replicas: 1,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        template: { spec: { restartPolicy: 'Always' } },
      },
      status: {},
    })
    expect(errors(deploymentKind, valid())).toEqual([])
  })

  it.each<[object, string]>([
    [{ template }, 'spec.selector: Required value'],
    [
      { selector: {}, template },
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ],
    [
      { selector: { matchLabels: { app: 'b' } }, template },
      'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
    ],
    [
      { selector, template, replicas: -1 },
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { selector, template, strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } },
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      { selector, template, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
    [
      { selector, template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
  ])('%j is refused', (spec, message) => {
    expect(errors(deploymentKind, defaulted(deploymentKind, deployment(spec)))).toContain(message)
  })

  it('keeps its selector', () => {
    const other = {
      ...valid(),
      spec: { ...(valid() as unknown as { spec: object }).spec, selector: { matchLabels: { app: 'z' } } },
    }
    expect(errors(deploymentKind, other as KubeObject, valid())[0]).toBe(
      'spec.selector: Invalid value: {"matchLabels":{"app":"z"}}: field is immutable',
    )
  })

  it('has its columns', () => {
    const object = {
      ...valid(),
      status: { readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 },
    } as KubeObject
    expect(deploymentKind.table.cells(object, now)).toEqual(['web', '1/1', 1, 1, '60m', 'c', 'x:1', 'app=a'])
    expect(deploymentKind.table.columns).toHaveLength(8)
  })

  it('is like a replica set', () => {
    const object = created(replicaSetKind, { ...deployment({ selector, template }), kind: 'ReplicaSet' })
    expect(errors(replicaSetKind, object)).toEqual([])
    expect(replicaSetKind.table.cells(object, now)).toEqual(['web', 1, 0, 0, '60m', 'c', 'x:1', 'app=a'])
  })
})
