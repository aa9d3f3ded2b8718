import { describe, expect, it } from 'vitest'
import type { Schema } from '../schema.ts'
import { builtinSchema } from './builtin-schema.ts'

const at = (schema: Schema, path: string): Schema | undefined =>
  path.split('.').reduce<Schema | undefined>((node, key) => {
    if (key === '[]') return node?.items
    if (key === '*') return node?.additionalProperties as Schema | undefined
    return node?.properties?.[key]
  }, schema)

describe('builtinSchema', () => {
  it('carries merge keys, list types and types through references', () => {
    const pod = builtinSchema('', 'v1', 'Pod')
    expect(at(pod, 'spec.containers')).toMatchObject({
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    })
    expect(at(pod, 'spec.containers.[].ports.[].protocol')).toMatchObject({ type: 'string', default: 'TCP' })
    expect(at(pod, 'spec.volumes')?.['x-kubernetes-patch-strategy']).toBe('merge,retainKeys')
    expect(at(pod, 'metadata.ownerReferences')?.['x-kubernetes-patch-merge-key']).toBe('uid')
    expect(at(pod, 'spec.containers.[].livenessProbe.httpGet.port')).toEqual({
      'x-kubernetes-int-or-string': true,
    })
    expect(at(pod, 'spec.containers.[].resources.limits.*')).toEqual({ 'x-kubernetes-int-or-string': true })
    expect(at(pod, 'spec.nodeSelector')?.['x-kubernetes-map-type']).toBe('atomic')
  })

  it('keeps what a place adds to the type that it refers to', () => {
    const spec = at(builtinSchema('apps', 'v1', 'Deployment'), 'spec')
    expect(spec?.properties?.['strategy']).toMatchObject({
      type: 'object',
      default: {},
      'x-kubernetes-patch-strategy': 'retainKeys',
    })
    expect(at(spec as Schema, 'strategy.rollingUpdate.maxSurge')).toEqual({
      'x-kubernetes-int-or-string': true,
    })
  })

  it('resolves recursive types to cycles', () => {
    const crd = builtinSchema('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition')
    const props = at(crd, 'spec.versions.[].schema.openAPIV3Schema') as Schema
    expect(at(props, 'properties.*')?.properties).toBe(props.properties)
    expect(at(props, 'default')).toMatchObject({ 'x-kubernetes-preserve-unknown-fields': true })
  })

  it('has the old faces of Ingress', () => {
    for (const group of ['extensions', 'networking.k8s.io']) {
      const old = builtinSchema(group, 'v1beta1', 'Ingress')
      expect(at(old, 'spec.backend.serviceName')?.type).toBe('string')
      expect(at(old, 'spec.rules.[].http.paths.[].backend.servicePort')).toEqual({
        'x-kubernetes-int-or-string': true,
      })
      expect(at(old, 'status.loadBalancer.ingress.[].ip')?.type).toBe('string')
    }
  })

  it('finds bodies that are not stored, and refuses what is not built in', () => {
    expect(at(builtinSchema('apps', 'v1', 'DeleteOptions'), 'gracePeriodSeconds')?.type).toBe('integer')
    expect(at(builtinSchema('autoscaling', 'v1', 'Scale'), 'spec.replicas')?.type).toBe('integer')
    expect(at(builtinSchema('policy', 'v1', 'Eviction'), 'deleteOptions.dryRun')?.type).toBe('array')
    expect(() => builtinSchema('example.com', 'v1', 'Nothing')).toThrow('no built-in schema')
  })
})
