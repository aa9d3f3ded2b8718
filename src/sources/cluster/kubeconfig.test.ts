// Kubeconfigs as people have them: data and files, several files, tokens, plugins, OIDC, proxies, and what is missing.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
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
const write = (name: string, user: object, extra: object = {}, context = 'one'): string => {
  const path = join(folder, name)
  const cluster = { server: 'https://127.0.0.1:6443/', 'certificate-authority-data': base64('CA'), ...extra }
  const config = {
    'current-context': context,
    contexts: [{ name: context, context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}
const optionsOf = async (path: string) => {
  const { ca, cert, key, ...options } = (await readKubeconfig({ path })).options
  return { ...options, ca: String(ca), cert: String(cert), key: String(key) }
}
/** A credential plugin: a shell script that writes down what it was told and prints a credential. */
const plugin = (status: object, more = ''): { command: string; env: readonly object[] } => {
  const command = join(folder, 'plugin.sh')
  const credential = { kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status }
  const told = join(folder, 'told.json')
  writeFileSync(
    command,
    `#!/bin/sh\nprintf %s "$KUBERNETES_EXEC_INFO" > '${told}'\n${more}\ncat <<END\n${JSON.stringify(credential)}\nEND\n`,
  )
  chmodSync(command, 0o755)
  return { command, env: [{ name: 'MARK', value: 'from-kubeconfig' }] }
}

describe('readKubeconfig', () => {
  it('reads data in the file, which wins over a path', async () => {
    const path = write('a', {
      'client-certificate-data': base64('CRT'),
      'client-certificate': 'nowhere.pem',
      'client-key-data': base64('KEY'),
    })
    expect(await optionsOf(path)).toMatchObject({
      ca: 'CA',
      cert: 'CRT',
      key: 'KEY',
      rejectUnauthorized: true,
    })
    expect((await readKubeconfig({ path })).server).toBe('https://127.0.0.1:6443')
  })

  it('reads files relative to the kubeconfig', async () => {
    writeFileSync(join(folder, 'crt.pem'), 'CRT')
    writeFileSync(join(folder, 'ca.pem'), 'FILE')
    writeFileSync(join(folder, 'token'), 'T\n')
    const path = write(
      'a',
      { 'client-certificate': 'crt.pem', tokenFile: 'token' },
      { 'certificate-authority': 'ca.pem', 'certificate-authority-data': '' },
    )
    expect(await optionsOf(path)).toMatchObject({
      ca: 'FILE',
      cert: 'CRT',
      headers: { Authorization: 'Bearer T' },
    })
  })

  it('runs a credential plugin and tells it what is asked', async () => {
    const exec = {
      ...plugin({ token: 'from-plugin' }, '[ "$MARK" = from-kubeconfig ] || exit 3'),
      apiVersion: 'client.authentication.k8s.io/v1',
      provideClusterInfo: true,
    }
    const { headers } = await optionsOf(write('a', { exec }))
    expect(headers).toEqual({ Authorization: 'Bearer from-plugin' })
    expect(JSON.parse(readFileSync(join(folder, 'told.json'), 'utf8'))).toMatchObject({
      apiVersion: 'client.authentication.k8s.io/v1',
      spec: { interactive: false, cluster: { server: 'https://127.0.0.1:6443' } },
    })
  })

  it('takes a certificate from a plugin', async () => {
    const exec = plugin({ clientCertificateData: 'PLUGIN-CRT', clientKeyData: 'PLUGIN-KEY' })
    expect(await optionsOf(write('a', { exec }))).toMatchObject({ cert: 'PLUGIN-CRT', key: 'PLUGIN-KEY' })
  })

  it('says what a plugin says that fails', async () => {
    const exec = plugin({}, 'echo "not logged in" >&2; exit 1')
    await expect(readKubeconfig({ path: write('a', { exec }) })).rejects.toThrow(
      'no credentials for https://127.0.0.1:6443: not logged in',
    )
    await expect(
      readKubeconfig({ path: write('b', { exec: { command: join(folder, 'absent') } }) }),
    ).rejects.toThrow('ENOENT')
  })

  it('takes the token of an OIDC provider while it is valid', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const token = `${part({ alg: 'none' })}.${part({ exp: 4_102_444_800 })}.x`
    const path = write('a', {
      'auth-provider': {
        name: 'oidc',
        config: { 'id-token': token, 'refresh-token': 'r', 'client-id': 'c' },
      },
    })
    expect((await optionsOf(path)).headers).toEqual({ Authorization: `Bearer ${token}` })
  })

  it('passes on name, basic authentication, impersonation and what is not to be verified', async () => {
    const path = write(
      'a',
      { username: 'me', password: 'secret', as: 'somebody' },
      { 'insecure-skip-tls-verify': true, 'tls-server-name': 'api.example' },
    )
    expect(await optionsOf(path)).toMatchObject({
      auth: 'me:secret',
      servername: 'api.example',
      rejectUnauthorized: false,
      headers: { 'Impersonate-User': 'somebody' },
    })
  })

  it('reaches a cluster through proxy-url', async () => {
    const asked = new Promise<string | undefined>((resolve) => {
      const proxy = createServer().on('connect', ({ url }, socket) => {
        resolve(url)
        socket.end('HTTP/1.1 502 No\r\n\r\n')
        proxy.close()
      })
      proxy.listen(0, '127.0.0.1', async () => {
        const { port } = proxy.address() as AddressInfo
        const path = write(
          'a',
          {},
          { server: 'https://far.example', 'proxy-url': `http://127.0.0.1:${port}` },
        )
        const { server, options } = await readKubeconfig({ path })
        request(`${server}/api`, { ...options, ca: [] })
          .on('error', () => {})
          .end()
      })
    })
    expect(await asked).toBe('far.example:443')
  })

  it('takes KUBECONFIG as a list in which the first that says a thing counts', async () => {
    const first = write('a', { token: 'one' })
    const second = write('b', { token: 'two' }, { 'insecure-skip-tls-verify': true }, 'two')
    vi.stubEnv('KUBECONFIG', [join(folder, 'absent'), first, second].join(delimiter))
    expect((await readKubeconfig({})).options).toMatchObject({
      headers: { Authorization: 'Bearer one' },
      rejectUnauthorized: true,
    })
    expect((await readKubeconfig({ context: 'two' })).options.headers).toEqual({
      Authorization: 'Bearer one',
    })
  })

  it('says what is missing', async () => {
    const path = write('a', {})
    await expect(readKubeconfig({ path, context: 'two' })).rejects.toThrow(
      'the kubeconfig has no context two (it has one)',
    )
    await expect(readKubeconfig({ path: join(folder, 'none') })).rejects.toThrow('there is no kubeconfig at')
    await expect(readKubeconfig({ path: write('b', { tokenFile: 'none' }) })).rejects.toThrow('none')
  })
})
