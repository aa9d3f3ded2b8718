// The commands that people use, by real kubectl binaries, against a server in this process.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubeconfig } from '../../src/apiserver/testing/test-pki.ts'
import { startTestServer, type TestServer } from '../../src/apiserver/testing/test-server.ts'
import { DEPLOYMENT, NAMESPACE, POD } from '../../src/resources/kinds.ts'
import type { KubeObject } from '../../src/resources/object.ts'
import { type Kubectl, kubectl, kubectlBinaries } from './kubectl.ts'

const binaries = kubectlBinaries()
if (binaries.length === 0) console.warn('kubectl is not on PATH: its tests are skipped')

const CONFIG = `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  labels: {app: demo}
data:
  color: "red"
`
const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: gadgets.x.dev
spec:
  group: x.dev
  scope: Namespaced
  names: {plural: gadgets, kind: Gadget, shortNames: [gd]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: {type: integer, description: how many}
          status:
            type: object
            properties:
              size: {type: integer}
`
const INGRESS = `apiVersion: extensions/v1beta1
kind: Ingress
metadata:
  name: door
spec:
  rules:
  - host: a.example.com
    http:
      paths:
      - path: /
        backend: {serviceName: web, servicePort: 80}
`

describe.each(binaries)('%s', (binary) => {
  let server: TestServer
  let k: Kubectl
  let stopNamespaces = (): void => {}
  beforeAll(async () => {
    server = await startTestServer({ podLogs: async () => lines('one\n', 'two\n') })
    const admin = server.pki.client('admin', 'system:masters')
    k = kubectl(binary, kubeconfig(server.url, server.pki, admin))
    stopNamespaces = await finalizeNamespaces(server)
  })
  afterAll(async () => {
    stopNamespaces()
    await server.close()
    k.dispose()
  })

  it('creates, labels, waits for and deletes a namespace', async () => {
    expect(await k.ok('create namespace shop')).toBe('namespace/shop created\n')
    expect(await k.ok('label namespace shop istio-injection=enabled')).toContain('namespace/shop labeled')
    expect(await k.ok('get ns shop -o jsonpath={.metadata.labels.istio-injection}')).toBe('enabled')
    await k.ok('wait --for=jsonpath={.status.phase}=Active ns/shop --timeout=20s')
    expect(await k.ok('delete namespace shop --timeout=20s')).toContain('"shop" deleted')
    expect((await k.run('get ns shop')).err).toContain('namespaces "shop" not found')
  })

  it('creates secrets from files and literals, with the typed client', async () => {
    await k.ok(`create secret generic plain --from-literal=a=b --from-file=c=${import.meta.filename}`)
    expect(await k.ok('get secret plain -o jsonpath={.data}')).toContain('"a":"Yg=="')
    expect(await k.ok('get secret plain')).toMatch(/NAME +TYPE +DATA +AGE\nplain +Opaque +2 /)
    const twice = await k.run('create secret generic plain --from-literal=a=b')
    expect([twice.code, twice.err]).toEqual([1, expect.stringContaining('secrets "plain" already exists')])
    expect(await k.ok('delete secret plain')).toContain('secret "plain" deleted')
  })

  it('applies, says what differs, edits, and prints every form', async () => {
    expect(await k.ok('apply -f -', CONFIG)).toBe('configmap/settings created\n')
    expect(await k.ok('apply -f -', CONFIG)).toBe('configmap/settings unchanged\n')
    const diff = await k.run('diff -f -', { input: CONFIG.replace('red', 'blue') })
    expect([diff.code, diff.out]).toEqual([1, expect.stringContaining('+  color: blue')])
    expect(await k.ok('apply -f -', CONFIG.replace('red', 'blue'))).toBe('configmap/settings configured\n')
    const edited = await k.run('edit configmap settings', { env: { EDITOR: 'sed -i s/blue/green/' } })
    expect(edited.out).toBe('configmap/settings edited\n')
    expect(await k.ok('get cm settings -o jsonpath={.data.color}')).toBe('green')
    expect(await k.ok('get cm -l app=demo -o name')).toBe('configmap/settings\n')
    expect(await k.ok('get cm settings -o yaml')).toContain('kind: ConfigMap')
    expect(JSON.parse(await k.ok('get cm -l app=demo -o json'))).toMatchObject({ kind: 'List' })
    expect(await k.ok('get cm settings -o wide')).toMatch(/settings +1 +\d+s/)
    expect(await k.ok('get cm -A --sort-by=.metadata.name')).toContain('settings')
    expect(await k.ok('describe cm settings')).toMatch(/color:\n----\ngreen/)
    expect(await k.ok('annotate cm settings note=kept')).toContain('annotated')
    expect(await k.ok('delete -f -', CONFIG)).toContain('configmap "settings" deleted')
  })

  it('applies on the server, with conflicts and force', async () => {
    expect(await k.ok('apply --server-side --field-manager=one -f -', CONFIG)).toBe(
      'configmap/settings serverside-applied\n',
    )
    const other = { input: CONFIG.replace('red', 'blue') }
    const conflict = await k.run('apply --server-side --field-manager=two -f -', other)
    expect(conflict.code).not.toBe(0)
    expect(conflict.err).toContain('conflict with "one": .data.color')
    await k.ok('apply --server-side --field-manager=two --force-conflicts -f -', other.input)
    expect(await k.ok('get cm settings --show-managed-fields -o yaml')).toContain('manager: two')
    await k.ok('delete cm settings')
  })

  it('runs a deployment: scale, image, patch, rollout status, wait', async () => {
    await k.ok('create deployment web --image=nginx:1 --replicas=2')
    expect(await k.ok('get deploy web -o wide')).toMatch(/web +0\/2 +0 +0 +\d+s +nginx +nginx:1 +app=web/)
    await k.ok('scale deployment web --replicas=3')
    await k.ok('set image deployment/web nginx=nginx:2')
    await k.ok(`patch deployment web -p '{"spec":{"template":{"metadata":{"labels":{"more":"yes"}}}}}'`)
    await k.ok(`patch deployment web --type=json -p '[{"op":"replace","path":"/spec/replicas","value":1}]'`)
    expect(await k.ok('get deploy web -o jsonpath={.spec.replicas},{.metadata.generation}')).toBe('1,5')
    const waiting = k.ok('rollout status deployment/web --timeout=20s')
    const available = k.ok('wait --for=condition=Available deployment/web --timeout=20s')
    await complete(server, 'web')
    expect(await waiting).toContain('successfully rolled out')
    expect(await available).toBe('deployment.apps/web condition met\n')
    expect(await k.ok('describe deployment web')).toContain('1 desired | 1 updated | 1 total | 1 available')
    await k.ok('delete deployment web')
  })

  it('runs a pod, shows its log, and deletes it', async () => {
    await k.ok('run one --image=nginx')
    expect(await k.ok('get pods')).toMatch(/one +0\/1 +Pending +0 /)
    expect(await k.ok('logs one')).toBe('one\ntwo\n')
    expect(await k.ok('describe pod one')).toContain('QoS Class:')
    expect(await k.ok('delete pod one --now')).toContain('pod "one" deleted')
    await expect(server.client.get(POD, 'one', 'default')).resolves.toBeUndefined()
  })

  it('shows one ingress through its three faces', async () => {
    const { out, err } = await k.run('apply -f -', { input: INGRESS })
    expect(out).toBe('ingress.extensions/door created\n')
    expect(err).toContain('Warning: extensions/v1beta1 Ingress is deprecated')
    const table = await k.run('get ingress')
    expect(table.out).toMatch(/NAME +CLASS +HOSTS +ADDRESS +PORTS +AGE\ndoor +<none> +a.example.com +80 /)
    expect(table.err).toBe('')
    expect(await k.ok('get ing door -o jsonpath={.apiVersion}')).toBe('networking.k8s.io/v1')
    const old = await k.ok(
      'get ingresses.v1beta1.networking.k8s.io door -o jsonpath={.spec.rules[0].http.paths[0].backend.serviceName}',
    )
    expect(old).toBe('web')
    expect(await k.ok('describe ingress door')).toContain('web:80')
    await k.ok('delete ingress door')
  })

  it('takes a custom kind from its definition to its end', async () => {
    await k.ok('apply -f -', CRD)
    expect(await k.ok('wait --for=condition=Established crd/gadgets.x.dev --timeout=20s')).toContain('met')
    const gadget = 'apiVersion: x.dev/v1\nkind: Gadget\nmetadata: {name: g}\nspec: {size: 3}\n'
    expect(await k.ok('apply -f -', gadget)).toBe('gadget.x.dev/g created\n')
    expect(await k.ok('apply -f -', gadget)).toBe('gadget.x.dev/g unchanged\n')
    expect(await k.ok('apply -f -', gadget.replace('3', '4'))).toBe('gadget.x.dev/g configured\n')
    expect(await k.ok('get gd')).toMatch(/NAME +SIZE +AGE\ng +4 +\d+s\n/)
    expect(await k.ok(`patch gadget g --type=merge -p '{"spec":{"size":5}}'`)).toContain('patched')
    expect(await k.ok('scale gadget g --replicas=6')).toContain('scaled')
    expect(await k.ok('get gadget g -o jsonpath={.spec.size}')).toBe('6')
    expect(await k.ok('explain gadget.spec')).toContain('how many')
    const wrong = await k.run('apply -f -', { input: gadget.replace('3', 'three') })
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/spec.size/)])
    const unknown = await k.run('apply -f -', { input: gadget.replace('size', 'seize') })
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringMatching(/unknown field "(spec\.)?seize"/)])
    expect(await k.ok('describe gadget g')).toContain('Kind:         Gadget')
    expect(await k.ok('delete crd gadgets.x.dev --timeout=20s')).toContain('deleted')
    expect((await k.run('get gadgets')).err).toMatch(/could not find the requested|doesn't have a resource/)
  })

  it('explains itself', async () => {
    expect(await k.ok('version')).toContain('+sallyport')
    expect(await k.ok('api-versions')).toContain('networking.k8s.io/v1\n')
    expect(await k.ok('api-resources')).toMatch(/ingresses +ing +networking.k8s.io\/v1 +true +Ingress/)
    expect(await k.ok('explain deployment.spec.strategy')).toContain('rollingUpdate')
    expect(await k.ok('auth can-i delete pods')).toBe('yes\n')
    expect(await k.ok('get --raw /readyz')).toBe('ok')
  })

  it('refuses wrong input with the words of Kubernetes, and keeps nothing of it', async () => {
    const unknown = await k.run('apply -f -', { input: `${CONFIG}colour: red\n` })
    expect(unknown.code).toBe(1)
    expect(unknown.err).toMatch(/unknown field "colour"/)
    const type = await k.run('apply --validate=false -f -', { input: CONFIG.replace('"red"', '{a: b}') })
    expect([type.code, type.err]).toEqual([1, expect.stringContaining('cannot unmarshal')])
    const name = await k.run('create configmap Big_Name')
    expect([name.code, name.err]).toEqual([
      1,
      expect.stringContaining('a lowercase RFC 1123 subdomain must consist of'),
    ])
    expect(await k.ok('get cm -o name')).toBe('')
    const dry = await k.ok('create configmap tried --dry-run=server -o name')
    expect(dry).toBe('configmap/tried\n')
    expect(await k.ok('get cm -o name')).toBe('')
  })

  it('watches', async () => {
    const name = 'seen'
    const watching = k.run('get cm --watch --output-watch-events', { until: /DELETED/ })
    // Whenever the watch begins, it sees one of these.
    let watched = false
    const writing = (async () => {
      while (!watched) {
        await k.ok(`create configmap ${name}`)
        await k.ok(`delete configmap ${name}`)
      }
    })()
    const { out } = await watching
    watched = true
    await writing
    expect(out).toMatch(/EVENT +NAME +DATA +AGE\n(.*\n)*(ADDED +seen +0 .*\n)?DELETED +seen +0 /)
  })
})

async function* lines(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

/** What the deployment controller would write once everything runs. */
async function complete(server: TestServer, name: string): Promise<void> {
  const { client } = server
  const deployment = await client.get<KubeObject>(DEPLOYMENT, name, 'default')
  const observedGeneration = deployment?.metadata.generation
  const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 }
  const conditions = [
    { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'ok' },
  ]
  await client.patch(
    DEPLOYMENT,
    name,
    'default',
    { status: { observedGeneration, ...counts, conditions } },
    'status',
  )
}

/** What the namespace controller would do with namespaces that hold nothing. */
async function finalizeNamespaces(server: TestServer): Promise<() => void> {
  const informer = await server.client.informer(NAMESPACE)
  informer.on(({ type, object }) => {
    if (type === 'DELETED' || object.metadata.deletionTimestamp === undefined) return
    const { name } = object.metadata
    void server.client
      .patch(NAMESPACE, name, undefined, { spec: { finalizers: null } }, 'finalize')
      .catch(() => {})
  })
  return () => informer.close()
}
