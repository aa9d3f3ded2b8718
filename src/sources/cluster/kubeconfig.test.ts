// Kubeconfigs as people have them: data and files, several files, tokens, plugins, and what is missing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readKubeconfig } from './kubeconfig.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const write = (name: string, user: object, extra: object = {}): string => {
  const path = join(folder, name)
  const cluster = { server: 'https://127.0.0.1:6443', 'certificate-authority-data': base64('CA'), ...extra }
  const config = {
    'current-context': 'one',
    contexts: [{ name: 'one', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}

describe('readKubeconfig', () => {
  it('reads data in the file', () => {
    const path = write('a', { 'client-certificate-data': base64('CRT'), 'client-key-data': base64('KEY') })
    expect(readKubeconfig({ path })).toEqual({
      server: 'https://127.0.0.1:6443',
      namespace: 'shop',
      ca: 'CA',
      cert: 'CRT',
      key: 'KEY',
      rejectUnauthorized: true,
    })
  })

  it('reads files relative to the kubeconfig', () => {
    writeFileSync(join(folder, 'crt.pem'), 'CRT')
    writeFileSync(join(folder, 'token'), 'T\n')
    const path = write('a', { 'client-certificate': 'crt.pem', tokenFile: 'token' })
    expect(readKubeconfig({ path })).toMatchObject({ cert: 'CRT', authorization: 'Bearer T' })
  })

  it('runs a credential plugin', () => {
    const answer = JSON.stringify({ kind: 'ExecCredential', status: { token: 'from-plugin' } })
    const exec = {
      command: process.execPath,
      args: ['-e', `process.stdout.write(${JSON.stringify(answer)})`],
    }
    expect(readKubeconfig({ path: write('a', { exec }) }).authorization).toBe('Bearer from-plugin')
  })

  it('takes KUBECONFIG as a list in which the first that says a thing counts', () => {
    const first = write('a', { token: 'one' })
    const second = write('b', { token: 'two' }, { 'insecure-skip-tls-verify': true })
    vi.stubEnv('KUBECONFIG', [first, second].join(delimiter))
    expect(readKubeconfig({})).toMatchObject({ authorization: 'Bearer one', rejectUnauthorized: true })
  })

  it('says what is missing', () => {
    const path = write('a', {})
    expect(() => readKubeconfig({ path, context: 'two' })).toThrow('the kubeconfig has no context two')
    expect(() => readKubeconfig({ path: join(folder, 'none') })).toThrow('there is no kubeconfig at')
  })
})
