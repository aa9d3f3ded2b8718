// Edits as data and as the diff that people read.
import { expect, it } from 'vitest'
import type { Resource } from '../../resources/snapshot.ts'
import { withSslService } from './annotation.ts'
import { append, edit } from './edit.ts'

const resource = (rest: object, annotations: Record<string, string> = {}): Resource => ({
  object: { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', namespace: 'b', annotations }, ...rest },
  origin: (field) => ({ field, file: 'in.yaml', line: 3 }),
})

it('replaces, adds and takes away a value', () => {
  const thing = resource({ spec: { mode: 'DISABLE', fault: { abort: { httpStatus: 500 } } } })
  expect(edit(thing, 'spec.mode', 'SIMPLE').lines).toEqual(['- mode: DISABLE', '+ mode: SIMPLE'])
  expect(edit(thing, 'spec.port', 80).lines).toEqual(['+ port: 80'])
  const gone = edit(thing, 'spec.fault')
  expect(gone.lines).toEqual(['- fault:', '-   abort:', '-     httpStatus: 500'])
  expect(gone.fix).toEqual({ field: 'spec.fault' })
  expect(gone.origin).toMatchObject({ file: 'in.yaml', line: 3 })
})

it('adds to a list behind its last item, and makes one where there is none', () => {
  const thing = resource({ spec: { hosts: ['a', 'b'] } })
  expect(append(thing, 'spec.hosts', 'c')).toMatchObject({
    fix: { field: 'spec.hosts[2]', value: 'c' },
    lines: ['  hosts:', '  - b', '+ - c'],
  })
  expect(append(thing, 'spec.names', 'c').fix).toEqual({ field: 'spec.names', value: ['c'] })
})

it('sets a parameter of one entry of ssl-services and leaves the others', () => {
  const key = 'ingress.bluemix.net/ssl-services'
  const ingress = resource({}, { [key]: 'ssl-service=a ssl-secret=s;ssl-service=b proxy-ssl-name=old' })
  expect(withSslService(ingress, 'b', { 'proxy-ssl-name': 'new' })?.fix).toEqual({
    field: `metadata.annotations[${key}]`,
    value: 'ssl-service=a ssl-secret=s;ssl-service=b proxy-ssl-name=new',
  })
  expect(withSslService(ingress, 'c', { 'proxy-ssl-name': 'new' })).toBeUndefined()
})
