import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { CRD } from '../resources/kinds.ts'
import type { KindRef, KubeObject } from '../resources/object.ts'
import type { CustomResourceDefinition } from './crd/custom-resource-definition.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

const GADGET: KindRef = { group: 'x.dev', version: 'v1', kind: 'Gadget', plural: 'gadgets', namespaced: true }
const PATH = '/apis/x.dev/v1/namespaces/default/gadgets'

function crd(names: object = {}, spec: object = {}): KubeObject {
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: {
          spec: {
            type: 'object',
            properties: { size: { type: 'integer', minimum: 1 }, color: { type: 'string', default: 'blue' } },
          },
        },
      },
    },
    additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'gadgets.x.dev' },
    spec: {
      group: 'x.dev',
      scope: 'Namespaced',
      names: { plural: 'gadgets', kind: 'Gadget', shortNames: ['gd'], ...names },
      versions: [version],
      ...spec,
    },
  } as KubeObject
}
const gadget = (name: string, spec: object): KubeObject =>
  ({ apiVersion: 'x.dev/v1', kind: 'Gadget', metadata: { name, namespace: 'default' }, spec }) as KubeObject
const condition = (object: KubeObject | undefined, type: string): string | undefined =>
  (object as CustomResourceDefinition | undefined)?.status?.conditions?.find((one) => one.type === type)
    ?.status

let folder = ''
let server: TestServer
const start = (): Promise<TestServer> => startTestServer({ store: { file: join(folder, 'state.db') } })
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crds-'))
  server = await start()
})
afterEach(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

it('serves a kind once its CRD says that it is established, also after a restart', async () => {
  const kinds: string[][] = []
  server.client.onKinds(() => kinds.push(server.client.kinds().map(({ kind }) => kind)))
  const created = await server.client.create<CustomResourceDefinition>(crd())
  expect(condition(created, 'Established')).toBe('True')
  expect(kinds.at(-1)).toContain('Gadget')
  const { code, body } = await server.call('POST', PATH, { body: gadget('g', { size: 3 }) })
  expect([code, body.spec]).toEqual([201, { size: 3, color: 'blue' }])
  const bad = await server.call('POST', PATH, { body: gadget('h', { size: 0 }) })
  expect([bad.code, bad.body.details.causes[0].field]).toEqual([422, 'spec.size'])
  const unknown = await server.call('POST', PATH, { body: gadget('u', { size: 1, seize: 2 }) })
  expect([unknown.code, unknown.body.spec]).toEqual([201, { size: 1, color: 'blue' }])
  expect(unknown.headers['warning']).toContain('unknown field \\"spec.seize\\"')
  const discovery = await server.call('GET', '/apis/x.dev/v1')
  expect(discovery.body.resources[0]).toMatchObject({ name: 'gadgets', kind: 'Gadget', shortNames: ['gd'] })
  expect((await server.call('GET', '/openapi/v3')).body.paths).toHaveProperty(['apis/x.dev/v1'])

  await server.close()
  server = await start()
  const table = await server.call('GET', PATH, {
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  })
  expect(table.body.rows[0].cells.slice(0, 2)).toEqual(['g', 3])
})

it('shows a new default on objects stored before it, and to informers', async () => {
  await server.client.create(crd())
  await server.client.create(gadget('g', { size: 1 }))
  const informer = await server.client.informer(GADGET)
  const current = await server.client.get<CustomResourceDefinition>(CRD, 'gadgets.x.dev')
  const text = JSON.stringify(current).replace(
    '"minimum":1',
    '"minimum":1},"shape":{"type":"string","default":"round"',
  )
  await server.client.update(JSON.parse(text) as KubeObject)
  const { body } = await server.call('GET', `${PATH}/g`)
  expect(body.spec).toEqual({ size: 1, color: 'blue', shape: 'round' })
  await server.client.patch(GADGET, 'g', 'default', { spec: { size: 2 } })
  expect(informer.cache.get('default/g')).toMatchObject({ spec: { size: 2, shape: 'round' } })
  informer.close()
})

it('deletes the objects before the kind, and waits for those that are held', async () => {
  await server.client.create(crd())
  await server.client.create(gadget('free', { size: 1 }))
  const held = gadget('held', { size: 1 })
  await server.client.create({ ...held, metadata: { ...held.metadata, finalizers: ['x.dev/hold'] } })
  const crds = await server.client.informer(CRD)
  const kinds = await server.client.informer(GADGET)
  const freeGone = new Promise<void>((resolve) => {
    kinds.on(({ type, object }) => type === 'DELETED' && object.metadata.name === 'free' && resolve())
  })
  const crdGone = new Promise<void>((resolve) => {
    crds.on(({ type }) => type === 'DELETED' && resolve())
  })
  const marked = await server.call(
    'DELETE',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.x.dev',
  )
  expect(condition(marked.body, 'Terminating')).toBe('True')
  await freeGone
  const late = await server.call('POST', PATH, { body: gadget('late', { size: 1 }) })
  expect(late.code).toBe(405)
  await server.client.patch(GADGET, 'held', 'default', { metadata: { finalizers: null } })
  await crdGone
  expect((await server.call('GET', PATH)).code).toBe(404)
  crds.close()
  kinds.close()
})

it('gives a name that becomes free to the CRD that waits for it', async () => {
  await server.client.create(crd())
  const second = {
    ...crd({ plural: 'gizmos', kind: 'Gizmo', shortNames: ['gd'] }),
    metadata: { name: 'gizmos.x.dev' },
  }
  const waiting = await server.client.create(second)
  expect(condition(waiting, 'NamesAccepted')).toBe('False')
  const crds = await server.client.informer(CRD)
  const accepted = new Promise<void>((resolve) => {
    crds.on(({ object }) => {
      if (object.metadata.name === 'gizmos.x.dev' && condition(object, 'NamesAccepted') === 'True') resolve()
    })
  })
  await server.client.delete(CRD, 'gadgets.x.dev')
  await accepted
  expect(server.client.kinds().map(({ kind }) => kind)).toContain('Gizmo')
  crds.close()
})
