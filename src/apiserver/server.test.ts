import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiClient } from './client.ts'
import { crdKind } from './crd/crd-kind.ts'
import { namespaceKind } from './kinds/namespace.ts'
import { secretKind } from './kinds/secret.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'
import { WIDGET, type Widget, widget, widgetKind } from './testing/widget-kind.ts'

const BASE = '/apis/test.dev/v1/namespaces/default/widgets'
let server: TestServer
let client: ApiClient
beforeAll(async () => {
  server = await startTestServer({
    kinds: [namespaceKind, secretKind, widgetKind, crdKind],
    tokens: (token) => (token === 'good' ? { name: 'bob', groups: ['dev'] } : undefined),
    podLogs: async () => (async function* () {})(),
  })
  client = server.client
})
afterAll(() => server.close())

describe('create', () => {
  it('fills what the server owns, defaults, and drops status', async () => {
    const { code, body } = await server.call('POST', BASE, {
      body: { ...widget('c1', { size: 3 }, { uid: 'x', generation: 9 }), status: { phase: 'On' } },
    })
    expect(code).toBe(201)
    expect(body.spec).toEqual({ color: 'blue', size: 3 })
    expect(body.status).toBeUndefined()
    expect(body.metadata).toMatchObject({ name: 'c1', namespace: 'default', generation: 1 })
    expect(body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(body.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(body.metadata.resourceVersion).toMatch(/^\d+$/)
    const again = await server.call('POST', BASE, { body: widget('c1') })
    expect([again.code, again.body.reason, again.body.message]).toEqual([
      409,
      'AlreadyExists',
      'widgets.test.dev "c1" already exists',
    ])
  })

  it('makes names from generateName', async () => {
    const { body } = await server.call('POST', BASE, { body: widget('', {}, { generateName: 'gen-' }) })
    expect(body.metadata.name).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  })

  it('refuses what contradicts the URL, what breaks rules, and namespaces that are not there', async () => {
    const bad = await server.call('POST', BASE, { body: widget('bad', { size: -1 }) })
    expect(bad.code).toBe(422)
    expect(bad.body).toMatchObject({
      reason: 'Invalid',
      message: 'Widget.test.dev "bad" is invalid: spec.size: Invalid value: -1: must not be negative',
      details: {
        kind: 'Widget',
        causes: [
          {
            reason: 'FieldValueInvalid',
            field: 'spec.size',
            message: 'Invalid value: -1: must not be negative',
          },
        ],
      },
    })
    const elsewhere = await server.call('POST', BASE, { body: widget('x', {}, { namespace: 'other' }) })
    expect([elsewhere.code, elsewhere.body.message]).toEqual([
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ])
    const nowhere = await server.call('POST', BASE.replace('default', 'nope'), {
      body: widget('x', {}, { namespace: 'nope' }),
    })
    expect([nowhere.code, nowhere.body.message]).toEqual([404, 'namespaces "nope" not found'])
    const version = await server.call('POST', BASE, { body: { ...widget('x'), apiVersion: 'test.dev/v9' } })
    expect(version.code).toBe(400)
    expect(version.body.message).toContain('the API version in the data (test.dev/v9) does not match')
  })

  it('stores nothing in a dry run', async () => {
    const { code, body } = await server.call('POST', `${BASE}?dryRun=All`, { body: widget('dry') })
    expect([code, body.spec.color]).toEqual([201, 'blue'])
    expect((await server.call('GET', `${BASE}/dry`)).code).toBe(404)
    expect((await server.call('POST', `${BASE}?dryRun=Some`, { body: widget('dry') })).code).toBe(422)
  })

  it('warns once per text, quoted', async () => {
    const { headers } = await server.call('POST', BASE, { body: widget('beige', { color: 'beige' }) })
    expect(headers['warning']).toBe('299 - "spec.color: beige is \\"boring\\""')
  })
})

describe('update', () => {
  it('is a compare-and-swap; a custom kind needs the revision', async () => {
    const first = await client.create<Widget>(widget('u1', { size: 1 }))
    const none = await server.call('PUT', `${BASE}/u1`, { body: widget('u1', { size: 2 }) })
    expect([none.code, none.body.details.causes[0].message]).toEqual([
      422,
      'Invalid value: 0: must be specified for an update',
    ])
    const second = await client.update<Widget>({ ...first, spec: { size: 2 } } as Widget)
    expect(second.metadata.generation).toBe(2)
    const stale = await server.call('PUT', `${BASE}/u1`, { body: { ...first, spec: { size: 3 } } })
    expect([stale.code, stale.body.reason]).toEqual([409, 'Conflict'])
    expect(stale.body.message).toBe(
      'Operation cannot be fulfilled on widgets.test.dev "u1": the object has been modified; please apply your changes to the latest version and try again',
    )
  })

  it('keeps the revision when nothing changes, and the generation when only metadata does', async () => {
    const first = await client.create<Widget>(widget('u2', { size: 1 }))
    const same = await client.update<Widget>(first)
    expect(same.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
    const labelled = await client.patch<Widget>(WIDGET, 'u2', 'default', { metadata: { labels: { a: 'b' } } })
    expect(labelled.metadata.generation).toBe(1)
    expect(labelled.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion)
  })

  it('keeps status and spec apart', async () => {
    const first = await client.create<Widget>(widget('u3', { size: 1 }))
    const withStatus = await client.updateStatus<Widget>({
      ...first,
      spec: { size: 9 },
      status: { phase: 'On' },
    } as Widget)
    expect([withStatus.spec?.size, withStatus.status, withStatus.metadata.generation]).toEqual([
      1,
      { phase: 'On' },
      1,
    ])
    const withSpec = await client.update<Widget>({ ...withStatus, spec: { size: 2 }, status: {} } as Widget)
    expect([withSpec.spec?.size, withSpec.status]).toEqual([2, { phase: 'On' }])
  })

  it('protects what only the server writes', async () => {
    const first = await client.create<Widget>(widget('u4'))
    const uid = await server.call('PUT', `${BASE}/u4`, {
      body: { ...first, metadata: { ...first.metadata, uid: 'other' } },
    })
    expect(uid.code).toBe(409)
    const time = await server.call('PUT', `${BASE}/u4`, {
      body: { ...first, metadata: { ...first.metadata, creationTimestamp: '2001-01-01T00:00:00Z' } },
    })
    expect([time.code, time.body.details.causes[0].field]).toEqual([422, 'metadata.creationTimestamp'])
    const name = await server.call('PUT', `${BASE}/u4`, {
      body: { ...first, metadata: { ...first.metadata, name: 'u5' } },
    })
    expect([name.code, name.body.message]).toEqual([
      400,
      'the name of the object (u5) does not match the name on the URL (u4)',
    ])
  })
})

describe('patch', () => {
  it('merges, checks a revision in the body, and refuses media types that a kind does not have', async () => {
    const first = await client.create<Widget>(widget('p1', { size: 1 }))
    const merge = { 'content-type': 'application/merge-patch+json' }
    const done = await server.call('PATCH', `${BASE}/p1`, { headers: merge, body: { spec: { size: 5 } } })
    expect([done.code, done.body.spec.size]).toEqual([200, 5])
    const stale = await server.call('PATCH', `${BASE}/p1`, {
      headers: merge,
      body: { metadata: { resourceVersion: first.metadata.resourceVersion }, spec: { size: 6 } },
    })
    expect(stale.code).toBe(409)
    const json = await server.call('PATCH', `${BASE}/p1`, {
      headers: { 'content-type': 'application/json-patch+json' },
      body: [{ op: 'replace', path: '/spec/size', value: 7 }],
    })
    expect(json.body.spec.size).toBe(7)
    const strategic = await server.call('PATCH', `${BASE}/p1`, {
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
      body: {},
    })
    expect([strategic.code, strategic.body.reason]).toEqual([415, 'UnsupportedMediaType'])
    const missing = await server.call('PATCH', `${BASE}/nope`, { headers: merge, body: {} })
    expect([missing.code, missing.body.message]).toEqual([404, 'widgets.test.dev "nope" not found'])
  })

  it('applies: creates, keeps the revision when repeated, conflicts with other managers', async () => {
    const apply = { 'content-type': 'application/apply-patch+yaml' }
    const one = { headers: apply, body: widget('a1', { size: 1 }) }
    const created = await server.call('PATCH', `${BASE}/a1?fieldManager=me`, one)
    expect(created.code).toBe(201)
    const again = await server.call('PATCH', `${BASE}/a1?fieldManager=me`, one)
    expect([again.code, again.body.metadata.resourceVersion]).toEqual([
      200,
      created.body.metadata.resourceVersion,
    ])
    const other = { headers: apply, body: widget('a1', { size: 2 }) }
    const conflict = await server.call('PATCH', `${BASE}/a1?fieldManager=you`, other)
    expect([conflict.code, conflict.body.details.causes[0].reason]).toEqual([409, 'FieldManagerConflict'])
    const forced = await server.call('PATCH', `${BASE}/a1?fieldManager=you&force=true`, other)
    expect([forced.code, forced.body.spec.size]).toEqual([200, 2])
    const nobody = await server.call('PATCH', `${BASE}/a1`, other)
    expect([nobody.code, nobody.body.details.causes[0].field]).toEqual([422, 'fieldManager'])
  })

  it('serves scale as a view of the replica field', async () => {
    await client.create<Widget>(widget('s1', { size: 1 }))
    const scaled = await server.call('PATCH', `${BASE}/s1/scale`, {
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { spec: { replicas: 4 } },
    })
    expect(scaled.body).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 4 } })
    const current = await client.get<Widget>(WIDGET, 's1', 'default')
    expect([current?.spec?.size, current?.metadata.generation]).toEqual([4, 2])
  })
})

describe('faces', () => {
  it('show one stored object in two versions, with a deprecation warning on the old one', async () => {
    const old = '/apis/test.dev/v1beta1/namespaces/default/widgets'
    const body = { ...widget('f1'), apiVersion: 'test.dev/v1beta1', spec: { bigness: 3 } }
    const created = await server.call('POST', old, { body })
    expect([created.body.apiVersion, created.body.spec]).toEqual([
      'test.dev/v1beta1',
      { bigness: 3, color: 'blue' },
    ])
    expect(created.headers['warning']).toContain('v1beta1 Widget is deprecated')
    const now = await server.call('GET', `${BASE}/f1`)
    expect([now.body.apiVersion, now.body.spec.size, now.body.metadata.uid]).toEqual([
      'test.dev/v1',
      3,
      created.body.metadata.uid,
    ])
    expect(now.headers['warning']).toBeUndefined()
  })
})

describe('delete', () => {
  it('answers a Status, and 404 the second time', async () => {
    const { metadata } = await client.create<Widget>(widget('d1'))
    const gone = await server.call('DELETE', `${BASE}/d1`)
    expect(gone.body).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'd1', group: 'test.dev', kind: 'widgets', uid: metadata.uid },
    })
    expect((await server.call('DELETE', `${BASE}/d1`)).code).toBe(404)
  })

  it('waits for finalizers, then goes with the write that takes the last one', async () => {
    await client.create<Widget>(widget('d2', {}, { finalizers: ['x.dev/hold'] }))
    const marked = await server.call('DELETE', `${BASE}/d2`)
    expect(marked.body.metadata).toMatchObject({ deletionGracePeriodSeconds: 0, generation: 2 })
    expect(marked.body.metadata.deletionTimestamp).toBeDefined()
    const added = await server.call('PATCH', `${BASE}/d2`, {
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { metadata: { finalizers: ['x.dev/hold', 'x.dev/more'] } },
    })
    expect([added.code, added.body.details.causes[0].reason]).toEqual([422, 'FieldValueForbidden'])
    await client.patch(WIDGET, 'd2', 'default', { metadata: { finalizers: null } })
    expect(await client.get(WIDGET, 'd2', 'default')).toBeUndefined()
  })

  it('gives grace, which a second delete can only shorten', async () => {
    await client.create<Widget>(widget('d3', { grace: 30 }))
    const marked = await server.call('DELETE', `${BASE}/d3`, { body: { gracePeriodSeconds: 20 } })
    expect(marked.body.metadata.deletionGracePeriodSeconds).toBe(20)
    const longer = await server.call('DELETE', `${BASE}/d3`, { body: { gracePeriodSeconds: 60 } })
    expect(longer.body.metadata.deletionGracePeriodSeconds).toBe(20)
    await client.delete(WIDGET, 'd3', 'default', { gracePeriodSeconds: 0 })
    expect(await client.get(WIDGET, 'd3', 'default')).toBeUndefined()
  })

  it('keeps to preconditions', async () => {
    await client.create<Widget>(widget('d4'))
    const wrong = await server.call('DELETE', `${BASE}/d4`, { body: { preconditions: { uid: 'other' } } })
    expect([wrong.code, wrong.body.reason]).toEqual([409, 'Conflict'])
    expect(await client.get(WIDGET, 'd4', 'default')).toBeDefined()
  })

  it('deletes what selectors choose', async () => {
    for (const name of ['e1', 'e2']) await client.create(widget(name, {}, { labels: { set: 'e' } }))
    const { code, body } = await server.call('DELETE', `${BASE}?labelSelector=set%3De`)
    expect([code, body.kind, body.items.length]).toEqual([200, 'WidgetList', 2])
    expect((await client.list(WIDGET, { labelSelector: 'set=e' })).items).toEqual([])
  })

  it('marks a namespace, lets nothing new in, and ends it by finalize', async () => {
    await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'going' } })
    const marked = await server.call('DELETE', '/api/v1/namespaces/going')
    expect(marked.body.status.phase).toBe('Terminating')
    const late = await server.call('POST', BASE.replace('default', 'going'), {
      body: widget('x', {}, { namespace: 'going' }),
    })
    expect([late.code, late.body.details.causes[0].reason]).toEqual([403, 'NamespaceTerminating'])
    const ended = await server.call('PUT', '/api/v1/namespaces/going/finalize', {
      body: { ...marked.body, spec: { finalizers: [] } },
    })
    expect(ended.code).toBe(200)
    expect((await server.call('GET', '/api/v1/namespaces/going')).code).toBe(404)
    expect((await server.call('DELETE', '/api/v1/namespaces/default')).code).toBe(403)
  })
})

describe('who may', () => {
  it('answers strangers with 401 or 403, and lets everybody see the version', async () => {
    expect((await server.call('GET', '/version', { client: null })).body.minor).toBe('35')
    expect((await server.call('GET', '/readyz', { client: null })).text).toBe('ok')
    const anonymous = await server.call('GET', BASE, { client: null })
    expect([anonymous.code, anonymous.body.message]).toEqual([
      403,
      'widgets.test.dev is forbidden: User "system:anonymous" cannot list resource "widgets" in API group "test.dev" in the namespace "default"',
    ])
    const wrong = await server.call('GET', BASE, { client: null, headers: { authorization: 'Bearer bad' } })
    expect([wrong.code, wrong.body.reason]).toEqual([401, 'Unauthorized'])
    const bob = { client: null, headers: { authorization: 'Bearer good' } }
    expect((await server.call('GET', `${BASE}/c1`, bob)).code).toBe(403)
    expect((await server.call('GET', '/apis', bob)).code).toBe(200)
    const whoami = await server.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      ...bob,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    })
    expect(whoami.body.status.userInfo).toEqual({ username: 'bob', groups: ['dev', 'system:authenticated'] })
  })

  it('answers reviews without storing them', async () => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {
        resourceAttributes: { verb: 'list', group: 'test.dev', resource: 'widgets', namespace: 'default' },
      },
    }
    const mine = await server.call('POST', path, { body })
    expect([mine.code, mine.body.status.allowed]).toEqual([201, true])
    const bob = { client: null, headers: { authorization: 'Bearer good' } }
    const his = await server.call('POST', path, { ...bob, body })
    expect([his.code, his.body.status.allowed]).toEqual([201, false])
    expect((await server.call('GET', path)).code).toBe(405)
    const token = await server.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'good' } },
    })
    expect(token.body.status.user.username).toBe('bob')
  })

  it('lets masters act as somebody else, and nobody else do so', async () => {
    const as = { 'impersonate-user': 'bob', 'impersonate-group': 'dev' }
    const listed = await server.call('GET', BASE, { headers: as })
    expect([listed.code, listed.body.message]).toEqual([
      403,
      expect.stringContaining('User "bob" cannot list'),
    ])
    const bob = { client: null, headers: { authorization: 'Bearer good', 'impersonate-user': 'admin' } }
    const denied = await server.call('GET', BASE, bob)
    expect([denied.code, denied.body.message]).toEqual([403, expect.stringContaining('cannot impersonate')])
  })

  it('refuses a certificate of another authority', async () => {
    const { testPki } = await import('./testing/test-pki.ts')
    const foreign = (await testPki()).client('admin', 'system:masters')
    expect((await server.call('GET', BASE, { client: foreign })).code).toBe(401)
  })
})

describe('forms of an answer', () => {
  const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' }
  it('prints tables with all columns and the object as each row wants it', async () => {
    const { body } = await server.call('GET', `${BASE}/c1`, { headers: table })
    expect(body.kind).toBe('Table')
    expect(body.columnDefinitions.map((one: { name: string }) => one.name)).toEqual(['Name', 'Age', 'Color'])
    expect(body.rows[0].cells[0]).toBe('c1')
    expect(body.rows[0].object.kind).toBe('PartialObjectMetadata')
    const whole = await server.call('GET', `${BASE}/c1?includeObject=Object`, { headers: table })
    expect(whole.body.rows[0].object.spec.size).toBe(3)
  })

  it('prints YAML, metadata only, and refuses what it has not', async () => {
    const yaml = await server.call('GET', `${BASE}/c1`, { headers: { accept: 'application/yaml' } })
    expect(yaml.text).toContain('kind: Widget\n')
    const partial = await server.call('GET', BASE, {
      headers: { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' },
    })
    expect(partial.body.kind).toBe('PartialObjectMetadataList')
    expect(partial.body.items[0].spec).toBeUndefined()
    expect((await server.call('GET', BASE, { headers: { accept: 'text/html' } })).code).toBe(406)
  })

  it('compresses what is large for those who take it', async () => {
    const big = await client.create<Widget>(widget('big', { color: 'x'.repeat(200_000) }))
    const { headers, text } = await server.call('GET', `${BASE}/big`, {
      headers: { 'accept-encoding': 'gzip' },
    })
    expect(headers['content-encoding']).toBe('gzip')
    expect(text.length).toBeLessThan(10_000)
    await client.delete(WIDGET, big.metadata.name, 'default')
  })

  it('limits bodies', async () => {
    const { code, body } = await server.call('POST', BASE, {
      body: widget('huge', { color: 'x'.repeat(4e6) }),
    })
    expect([code, body.reason]).toEqual([413, 'RequestEntityTooLarge'])
  })
})

describe('discovery', () => {
  it('is there in both forms, with an ETag', async () => {
    const legacy = await server.call('GET', '/apis/test.dev/v1')
    expect(legacy.body.resources.map((one: { name: string }) => one.name)).toEqual([
      'widgets',
      'widgets/scale',
      'widgets/status',
    ])
    expect(legacy.body.resources[1]).toMatchObject({ group: 'autoscaling', version: 'v1', kind: 'Scale' })
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const aggregated = await server.call('GET', '/apis', { headers: { accept } })
    expect(aggregated.headers['content-type']).toBe(accept)
    expect(aggregated.body.items[0].versions.map((one: { version: string }) => one.version)).toEqual([
      'v1',
      'v1beta1',
    ])
    const again = await server.call('GET', '/apis', {
      headers: { accept, 'if-none-match': String(aggregated.headers.etag) },
    })
    expect([again.code, again.text]).toEqual([304, ''])
  })

  it('says 404 in a Status for what is not served, 405 for what is not done', async () => {
    const nothing = await server.call('GET', '/apis/test.dev/v1/gadgets')
    expect([nothing.code, nothing.body.message]).toEqual([
      404,
      'the server could not find the requested resource',
    ])
    expect((await server.call('PUT', BASE, { body: widget('x') })).code).toBe(405)
    expect((await server.call('GET', '/nope')).code).toBe(404)
  })
})
