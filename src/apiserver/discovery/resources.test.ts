import fc from 'fast-check'
import { expect, it } from 'vitest'
import { builtinKinds } from '../builtin-kinds.ts'
import { compareVersions, discover } from './resources.ts'

const groups = discover(builtinKinds)

it('names networking.k8s.io before extensions, so that `kubectl get ingress` takes the former', () => {
  const names = groups.map(({ name }) => name)
  expect(names[0]).toBe('')
  expect(names.indexOf('networking.k8s.io')).toBeLessThan(names.indexOf('extensions'))
  const networking = groups.find(({ name }) => name === 'networking.k8s.io')
  expect(networking?.versions.map(({ version }) => version)).toEqual(['v1', 'v1beta1'])
})

it('gives each short name to one resource', () => {
  const owners = new Map<string, string>()
  for (const { name, versions } of groups) {
    for (const { resources } of versions) {
      for (const { plural, shortNames } of resources) {
        for (const short of shortNames) {
          expect(owners.get(short) ?? `${plural}.${name}`).toBe(`${plural}.${name}`)
          owners.set(short, `${plural}.${name}`)
        }
      }
    }
  }
  expect(owners.get('ing')).toBe('ingresses.networking.k8s.io')
})

it('lists the subresources of pods, namespaces, deployments and service accounts', () => {
  const all = groups.flatMap(({ versions }) => versions.flatMap(({ resources }) => resources))
  const of = (plural: string): string[] | undefined =>
    all.find((resource) => resource.plural === plural)?.subresources.map(({ name }) => name)
  expect(of('pods')).toEqual(['eviction', 'log', 'status'])
  expect(of('namespaces')).toEqual(['finalize', 'status'])
  expect(of('deployments')).toEqual(['scale', 'status'])
  expect(of('serviceaccounts')).toEqual(['token'])
})

it.each([
  [
    ['v1beta1', 'v1', 'v2', 'v1alpha1', 'v1beta2', 'foo10', 'foo1'],
    ['v2', 'v1', 'v1beta2', 'v1beta1', 'v1alpha1', 'foo1', 'foo10'],
  ],
])('prefers versions as Kubernetes does', (versions, expected) => {
  expect([...versions].sort(compareVersions)).toEqual(expected)
})

it('orders versions totally', () => {
  const version = fc.oneof(fc.constantFrom('v1', 'v2', 'v1beta1', 'v1alpha2', 'v10'), fc.string())
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0)
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
        expect(compareVersions(a, c)).toBeLessThanOrEqual(0)
      }
    }),
  )
})
