// Patches, ownership and custom objects as real kubectl binaries use them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { istioCrds } from '../../src/apiserver/crd/istio-crds.ts'
import { kubeconfig } from '../../src/apiserver/testing/test-pki.ts'
import { startTestServer, type TestServer } from '../../src/apiserver/testing/test-server.ts'
import { type Kubectl, kubectl, kubectlBinaries } from './kubectl.ts'

const binaries = kubectlBinaries()

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: 'web:1', env: [{name: A, value: a}, {name: B, value: b}]}
      - {name: log, image: 'log:1'}
`
const images = 'get deploy web -o jsonpath={.spec.template.spec.containers[*].image}'
const env = 'get deploy web -o jsonpath={.spec.template.spec.containers[0].env[*].name}'

describe.each(binaries)('%s', (binary) => {
  let server: TestServer
  let k: Kubectl
  beforeAll(async () => {
    server = await startTestServer()
    for (const crd of istioCrds()) await server.client.create(crd)
    k = kubectl(binary, kubeconfig(server.url, server.pki, server.pki.client('admin', 'system:masters')))
  })
  afterAll(async () => {
    await server.close()
    k.dispose()
  })

  it('removes by apply what the file no longer says, and keeps what others added', async () => {
    await k.ok('apply -f -', DEPLOYMENT)
    await k.ok('set env deployment/web C=c')
    await k.ok('scale deployment web --replicas=5')
    const less = DEPLOYMENT.replace(', {name: B, value: b}', '').replace(
      "      - {name: log, image: 'log:1'}\n",
      '',
    )
    expect(await k.ok('apply -f -', less)).toBe('deployment.apps/web configured\n')
    expect(await k.ok(env)).toBe('A C')
    expect(await k.ok(images)).toBe('web:1')
    const version = 'get deploy web -o jsonpath={.metadata.resourceVersion}'
    const before = await k.ok(version)
    await k.ok('apply -f -', less)
    expect(await k.ok(version)).toBe(before)
  })

  it('moves from client-side to server-side apply without a conflict', async () => {
    await k.ok('apply -f -', DEPLOYMENT)
    expect(await k.ok('apply --server-side -f -', DEPLOYMENT.replace('web:1', 'web:2'))).toContain(
      'serverside-applied',
    )
    expect(await k.ok(images)).toBe('web:2 log:1')
    const version = await k.ok('get deploy web -o jsonpath={.metadata.resourceVersion}')
    await k.ok('apply --server-side -f -', DEPLOYMENT.replace('web:1', 'web:2'))
    expect(await k.ok('get deploy web -o jsonpath={.metadata.resourceVersion}')).toBe(version)
    await k.ok('scale deployment web --replicas=9')
    const conflict = await k.run('apply --server-side -f -', { input: DEPLOYMENT })
    expect(conflict.err).toContain(
      'conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
    )
  })

  it('takes strategic patches with their directives', async () => {
    await k.ok('delete deploy web')
    await k.ok('apply -f -', DEPLOYMENT)
    const patch = (containers: string) =>
      k.ok(`patch deployment web -p '{"spec":{"template":{"spec":{"containers":${containers}}}}}'`)
    await patch('[{"name":"log","$patch":"delete"}]')
    expect(await k.ok(images)).toBe('web:1')
    await patch('[{"name":"web","env":[{"name":"A","$patch":"delete"}]}]')
    expect(await k.ok(env)).toBe('B')
    await patch('[{"name":"new","image":"new:1"},{"$patch":"replace"}]')
    expect(await k.ok(images)).toBe('new:1')
    const failing = await k.run(
      `patch deployment web --type=json -p '[{"op":"test","path":"/spec/replicas","value":77}]'`,
    )
    expect(failing.err).toContain('testing value /spec/replicas failed')
  })

  it("serves Istio's kinds in all their versions, as one object", async () => {
    const authentication = (version: string, mode: string) =>
      `apiVersion: security.istio.io/${version}\nkind: PeerAuthentication\nmetadata: {name: strict}\nspec: {mtls: {mode: ${mode}}}\n`
    expect(await k.ok('apply -f -', authentication('v1beta1', 'STRICT'))).toContain('strict created')
    expect(await k.ok('apply -f -', authentication('v1', 'PERMISSIVE'))).toContain('strict configured')
    expect(
      await k.ok(
        'get peerauthentications.v1beta1.security.istio.io strict -o jsonpath={.apiVersion},{.spec.mtls.mode}',
      ),
    ).toBe('security.istio.io/v1beta1,PERMISSIVE')
    expect(await k.ok('get pa')).toMatch(/NAME +MODE +AGE\nstrict +PERMISSIVE/)
    const wrong = await k.run('apply -f -', { input: authentication('v1', 'SOMETIMES') })
    expect(wrong.err).toContain('spec.mtls.mode: Unsupported value: "SOMETIMES"')
    const rule = await k.run(
      `patch pa strict --type=merge -p '{"spec":{"portLevelMtls":{"80":{"mode":"STRICT"}}}}'`,
    )
    expect(rule.err).toContain('portLevelMtls requires selector')
    const field = await k.run(`patch pa strict --type=merge -p '{"spec":{"mtsl":{}}}'`)
    expect(field.out + field.err).toContain('unknown field "spec.mtsl"')
  })
})
