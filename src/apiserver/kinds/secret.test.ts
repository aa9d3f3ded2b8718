import { describe, expect, it } from 'vitest'
import { testPki } from '../testing/test-pki.ts'
import { configMapKind } from './config-map.ts'
import { secretKind } from './secret.ts'
import { write } from './testing/pipeline.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const secret = (rest: object) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's', namespace: 'n' },
  ...rest,
})
const configMap = (rest: object) => ({ ...secret(rest), kind: 'ConfigMap' })

describe('Secret', () => {
  it('is Opaque by default and takes stringData into data, over it', () => {
    const { object, errors } = write(
      secretKind,
      secret({ data: { a: 'eA==', b: 'eQ==' }, stringData: { b: 'ü' } }),
    )
    expect(errors).toEqual([])
    expect(object).toEqual(secret({ type: 'Opaque', data: { a: 'eA==', b: base64('ü') } }))
  })

  it.each([
    ['kubernetes.io/tls', {}, ['data[tls.crt]: Required value', 'data[tls.key]: Required value']],
    ['kubernetes.io/tls', { 'tls.crt': '', 'tls.key': '' }, []],
    ['kubernetes.io/basic-auth', {}, ['data[username]: Required value', 'data[password]: Required value']],
    ['kubernetes.io/basic-auth', { username: '' }, []],
    ['kubernetes.io/ssh-auth', { 'ssh-privatekey': '' }, ['data[ssh-privatekey]: Required value']],
    ['kubernetes.io/dockercfg', {}, ['data[.dockercfg]: Required value']],
    ['kubernetes.io/dockerconfigjson', { '.dockerconfigjson': base64('{"auths":{}}') }, []],
    [
      'kubernetes.io/dockerconfigjson',
      { '.dockerconfigjson': base64('hunter2') },
      ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid JSON'],
    ],
    [
      'kubernetes.io/service-account-token',
      {},
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    ],
    ['example.com/anything', {}, []],
  ])('of type %s with %j has errors %j', (type, data, expected) => {
    expect(write(secretKind, secret({ type, data })).errors).toEqual(expected)
  })

  it('has good keys and at most a mebibyte', () => {
    expect(write(secretKind, secret({ data: { 'a/b': '', '..': '' } })).errors).toEqual([
      expect.stringMatching(/^data\[a\/b\]: Invalid value: "a\/b": a valid config key must consist of/),
      'data[..]: Invalid value: "..": must not be \'..\'',
    ])
    const exact = Buffer.alloc(1024 * 1024).toString('base64')
    expect(write(secretKind, secret({ data: { a: exact } })).errors).toEqual([])
    expect(write(secretKind, secret({ data: { a: exact, b: 'eA==' } })).errors).toEqual([
      'data: Too long: may not be more than 1048576 bytes',
    ])
  })

  it('keeps its type, and its data once it is immutable', () => {
    const { object: old } = write(
      secretKind,
      secret({ type: 'example.com/a', data: { a: 'eA==' }, immutable: true }),
    )
    expect(write(secretKind, secret({ data: { a: 'eA==' }, immutable: true }), { old }).errors).toEqual([
      'type: Invalid value: "Opaque": field is immutable',
    ])
    expect(write(secretKind, secret({ type: 'example.com/a', data: {} }), { old }).errors).toEqual([
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ])
    const relabelled = { ...old, metadata: { ...old.metadata, labels: { a: 'b' } } }
    expect(write(secretKind, relabelled, { old }).errors).toEqual([])
  })

  it('warns when certificate and key do not belong together', async () => {
    const [pki, other] = [await testPki(), await testPki()]
    const warn = (cert: string, key: string) =>
      write(
        secretKind,
        secret({ type: 'kubernetes.io/tls', stringData: { 'tls.crt': cert, 'tls.key': key } }),
      ).warnings
    const { cert, key } = pki.server
    expect(warn(cert, key)).toEqual([])
    expect(warn(cert, other.server.key)).toEqual(['tls: private key does not match public key'])
    expect(warn(key, cert)).toEqual([
      'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
    ])
    expect(warn('', '')).toEqual(['tls: failed to find any PEM data in certificate input'])
    expect(warn(cert, '')).toEqual(['tls: failed to find any PEM data in key input'])
    expect(warn(cert.replace(/^M.*$/m, 'AAAA'), key)).toEqual(['x509: malformed certificate'])
    expect(warn(cert, key.replace(/^M.*$/m, 'AAAA'))).toEqual(['tls: failed to parse private key'])
  })
})

describe('ConfigMap', () => {
  it('counts data and binaryData, and refuses a key in both', () => {
    const both = configMap({ data: { a: 'x' }, binaryData: { a: 'eA==', b: 'eA==' } })
    expect(write(configMapKind, both).errors).toEqual([
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ])
    expect(configMapKind.table.cells(both, 0)).toEqual(['s', 3, '<unknown>'])
    expect(write(configMapKind, configMap({ data: { a: 'ü'.repeat(600_000) } })).errors).toEqual([
      '[]: Too long: may not be more than 1048576 bytes',
    ])
  })

  it('is frozen by immutable', () => {
    const { object: old } = write(configMapKind, configMap({ data: { a: 'x' }, immutable: true }))
    expect(write(configMapKind, configMap({ data: { a: 'y' }, immutable: true }), { old }).errors).toEqual([
      'data: Forbidden: field is immutable when `immutable` is set',
    ])
  })
})
