// Edits touch one value and nothing else.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { applyFix } from './apply-fix.ts'

const gateway = `# the file
apiVersion: networking.istio.io/v1alpha3
kind: Gateway
metadata:
  name: gw   # its name
  namespace: a
spec:
  servers:
    # the server
    - port: { number: 443, protocol: HTTPS } # flow
      tls:
        # no mode
        credentialName: shop
---
# another
apiVersion: v1
kind: Namespace
metadata:
  name: a
  labels: { istio-injection: enabled, istio.io/rev: x }
`
const ref = { apiVersion: 'networking.istio.io/v1', kind: 'Gateway', namespace: 'a', name: 'gw' }
const namespace = { apiVersion: 'v1', kind: 'Namespace', name: 'a' }
const changedLines = (before: string, after: string): readonly string[] =>
  after.split('\n').filter((line) => !before.split('\n').includes(line))

describe('applyFix', () => {
  it('adds a missing key and leaves every line that was there', () => {
    const edited = applyFix(gateway, ref, { field: 'spec.servers[0].tls.mode', value: 'SIMPLE' })
    expect(changedLines(gateway, edited)).toEqual(['        mode: SIMPLE'])
    expect(edited.split('\n').length).toBe(gateway.split('\n').length + 1)
  })

  it('replaces a value in flow and in block style', () => {
    const port = applyFix(gateway, ref, { field: 'spec.servers[0].port.number', value: 8443 })
    expect(changedLines(gateway, port)).toEqual(['    - port: { number: 8443, protocol: HTTPS } # flow'])
    const name = applyFix(gateway, ref, { field: 'metadata.name', value: 'other' })
    expect(changedLines(gateway, name)).toEqual(['  name: other   # its name'])
  })

  it('deletes a key whose name has dots', () => {
    const edited = applyFix(gateway, namespace, { field: 'metadata.labels[istio.io/rev]' })
    expect(changedLines(gateway, edited)).toEqual(['  labels: { istio-injection: enabled }'])
  })

  it('adds items behind the last one, in block and in flow style, under a comment too', () => {
    const list = `apiVersion: v1
kind: Thing
metadata: { name: t }
spec:
  hosts:
    - a # the first
    - b
  more: [x]
  match:
  - uri:
      prefix: /a
    # of the last
`
    const thing = { apiVersion: 'v1', kind: 'Thing', namespace: 'default', name: 't' }
    const host = applyFix(list, thing, { field: 'spec.hosts[2]', value: 'c' })
    expect(changedLines(list, host)).toEqual(['    - c'])
    expect(parse(host).spec.hosts).toEqual(['a', 'b', 'c'])
    expect(applyFix(list, thing, { field: 'spec.more[1]', value: { a: [1] } })).toContain('[x, { a: [ 1 ] }]')
    const value = { uri: { exact: '/b' }, method: { exact: 'GET' } }
    const match = applyFix(list, thing, { field: 'spec.match[1]', value })
    expect(parse(match).spec.match).toEqual([{ uri: { prefix: '/a' } }, value])
    expect(match).toContain('# of the last')
    expect(applyFix(list, thing, { field: 'spec.hosts[7]', value: 'c' })).toBe(list)
    const added = applyFix(list, thing, { field: 'spec.names', value: ['n'] })
    expect(parse(added).spec).toEqual({ ...parse(list).spec, names: ['n'] })
  })

  it('finds fields of old faces where they were written', () => {
    const text =
      'apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: { name: i }\nspec:\n  backend:\n    serviceName: a # it\n    servicePort: 80\n'
    const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: 'default', name: 'i' }
    const edited = applyFix(text, ingress, { field: 'spec.defaultBackend.service.name', value: 'b' })
    expect(changedLines(text, edited)).toEqual(['    serviceName: b # it'])
  })

  it('leaves the text alone when the object, or the place, is not there', () => {
    expect(applyFix(gateway, { ...ref, name: 'none' }, { field: 'metadata.name', value: 'x' })).toBe(gateway)
    expect(applyFix(gateway, ref, { field: 'spec.servers[7].tls.mode', value: 'x' })).toBe(gateway)
    expect(applyFix('a: [', ref, { field: 'metadata.name', value: 'x' })).toBe('a: [')
  })

  it('is idempotent, keeps comments, and the value reads back as given', () => {
    const fields = [
      'spec.servers[0].tls.mode',
      'spec.servers[0].tls.credentialName',
      'metadata.labels[a.b/c]',
      'metadata.name',
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...fields),
        fc.oneof(fc.string(), fc.integer(), fc.boolean()),
        (field, value) => {
          const fix = { field, value }
          const edited = applyFix(gateway, ref, fix)
          for (const comment of gateway.match(/#.*/g) ?? []) expect(edited).toContain(comment)
          if (field === 'metadata.name') return
          expect(applyFix(edited, ref, fix)).toBe(edited)
          const first = parse(edited.slice(0, edited.indexOf('\n---\n'))) as {
            spec: { servers: { tls: Record<string, unknown> }[] }
          }
          if (field.startsWith('spec'))
            expect(first.spec.servers[0]?.tls[field.split('.').at(-1) ?? '']).toBe(value)
        },
      ),
    )
  })
})
