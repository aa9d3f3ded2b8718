import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseResourcePath } from './route.ts'

const core = { group: '', version: 'v1' }
const apps = { group: 'apps', version: 'v1' }
it.each([
  ['/api/v1/pods', { ...core, plural: 'pods' }],
  ['/api/v1/namespaces', { ...core, plural: 'namespaces' }],
  ['/api/v1/namespaces/x', { ...core, plural: 'namespaces', name: 'x' }],
  ['/api/v1/namespaces/x/', { ...core, plural: 'namespaces', name: 'x' }],
  ['/api/v1/namespaces/x/status', { ...core, plural: 'namespaces', name: 'x', subresource: 'status' }],
  ['/api/v1/namespaces/x/finalize', { ...core, plural: 'namespaces', name: 'x', subresource: 'finalize' }],
  ['/api/v1/namespaces/x/pods', { ...core, namespace: 'x', plural: 'pods' }],
  [
    '/api/v1/namespaces/x/pods/p/log',
    { ...core, namespace: 'x', plural: 'pods', name: 'p', subresource: 'log' },
  ],
  ['/apis/apps/v1/namespaces/x/deployments/d', { ...apps, namespace: 'x', plural: 'deployments', name: 'd' }],
  ['/api/v1/watch/namespaces/x/pods', { ...core, watch: true, namespace: 'x', plural: 'pods' }],
  ['/apis/rbac/v1/roles/a%3Ab', { group: 'rbac', version: 'v1', plural: 'roles', name: 'a:b' }],
])('%s', (path, expected) => {
  expect(parseResourcePath(path)).toEqual(expected)
})

it.each([
  '/',
  '/api',
  '/api/v1',
  '/apis',
  '/apis/apps',
  '/apis/apps/v1',
  '/version',
  '/api/v1/pods/%',
  '/api/v1/pods//log',
  '/api/v1/namespaces/x/pods/p/log/more',
])('%s names no resource', (path) => {
  expect(parseResourcePath(path)).toBeUndefined()
})

it('never throws', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('/', 'api', 'apis', 'v1', 'namespaces', '%', '%41', 'x') }),
      (path) => {
        parseResourcePath(path)
      },
    ),
  )
})
