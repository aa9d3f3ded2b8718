import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFieldPath } from '../../resources/field-path.ts'
import { parseObjects } from './parse.ts'

const found = (text: string) => {
  const { resources, diagnostics } = parseObjects(text, 'f.yaml', 'team')
  return {
    names: resources.map(
      ({ object }) => `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`,
    ),
    findings: diagnostics.map((one) => `${one.code} ${one.origin.line}: ${one.message}`),
    resources,
  }
}

describe('parseObjects', () => {
  it('keeps what is whole and tells what is not, with lines', () => {
    const { names, findings } = found(`apiVersion: v1
kind: Namespace
metadata: { name: a }
---
apiVersion: v1
kind: [Service
---
# nothing but a comment
---
apiVersion: v1
kind: Service
metadata: { name: b }
spec: { ports: [{ port: eighty }], clusterIp: x }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: c, namespace: own }
`)
    expect(names).toEqual(['Namespace /a', 'ConfigMap own/c'])
    expect(findings).toHaveLength(3)
    expect(findings[0]).toMatch(/^SP0101 7/)
    expect(findings[1]).toMatch(/^SP0103 13: Service has no field spec\.clusterIp/)
    expect(findings[2]).toMatch(/^SP0102 13: spec\.ports\[0\]\.port/)
  })

  it('fills in the namespace, and reads lists and JSON', () => {
    expect(
      found(
        '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}]}',
      ).names,
    ).toEqual(['ConfigMap team/a'])
  })

  it('reads the old faces of Ingress, and finds the lines in the face that was written', () => {
    const { resources } = found(`apiVersion: extensions/v1beta1
kind: Ingress
metadata:
  name: a
spec:
  backend:
    serviceName: web
    servicePort: 80
`)
    const [ingress] = resources
    expect(ingress?.object).toMatchObject({
      apiVersion: 'networking.k8s.io/v1',
      spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
    })
    expect(ingress?.origin('spec.defaultBackend.service.name')).toMatchObject({ line: 7, file: 'f.yaml' })
    expect(ingress?.origin('spec.nowhere.at.all').line).toBe(5)
  })

  it('stores texts of Secrets as the API does', () => {
    const [secret] = found(
      'apiVersion: v1\nkind: Secret\nmetadata: { name: a }\nstringData: { k: v }\n',
    ).resources
    expect(secret?.object).toMatchObject({ data: { k: 'dg==' } })
  })

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.constantFrom('a: &a [*a]', '!!js/x 1', '? [a]: b', '---\n...\n---'),
        ),
        (text) => {
          parseObjects(text, 'f.yaml')
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('parseFieldPath', () => {
  it.each([
    ['', []],
    ['spec.rules[0].http', ['spec', 'rules', 0, 'http']],
    ['metadata.annotations[a.b/c-d]', ['metadata', 'annotations', 'a.b/c-d']],
    ['data[tls.crt]', ['data', 'tls.crt']],
  ])('%s', (path, steps) => expect(parseFieldPath(path)).toEqual(steps))
})
