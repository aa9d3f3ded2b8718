import { describe, expect, it } from 'vitest'
import { INGRESS } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import { notActedOn } from './not-acted-on.ts'

const context = {
  operation: 'create' as const,
  now: '2026-01-01T00:00:00Z',
  dryRun: false,
  get: () => undefined,
  list: () => [],
  serviceCidr: '127.1.16.0/20',
}

function warningsFor(object: unknown): readonly string[] {
  return (
    notActedOn.review({ kind: INGRESS, object: object as KubeObject, context, user: 'me' }).warnings ?? []
  )
}

const ingress = (annotations: Record<string, string>, spec: unknown = {}) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'a', namespace: 'b', annotations },
  spec,
})

describe('notActedOn', () => {
  it('has nothing to say of what is acted on', () => {
    expect(warningsFor(ingress({ 'ingress.bluemix.net/ssl-services': 'ssl-service=a' }))).toEqual([])
  })
  it('names annotations that are misspelt, and what was meant', () => {
    expect(warningsFor(ingress({ 'ingress.bluemix.net/ssl-service': 'x' }))).toEqual([
      'metadata.annotations[ingress.bluemix.net/ssl-service]: ingress.bluemix.net/ssl-service is not an annotation of this load balancer; nothing acts on it. Did you mean ingress.bluemix.net/ssl-services? (SP0301)',
    ])
  })
  it('tells of a value that cannot be read before it closes a route', () => {
    expect(warningsFor(ingress({ 'ingress.bluemix.net/ssl-services': 'ssl-service=a ' }))).toHaveLength(1)
  })
  it('names fields that nothing acts on', () => {
    const [warning] = warningsFor(
      ingress({}, { defaultBackend: { resource: { kind: 'Bucket', name: 'x' } } }),
    )
    expect(warning).toContain('spec.defaultBackend.resource')
  })
})
