import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { Zones } from '../dns/zones.ts'
import { caBundle } from './ca-bundle.ts'
import { commandEnvironment } from './command-environment.ts'
import { hostsFile, resolvConf } from './name-files.ts'

describe('files for commands inside the cluster', () => {
  it('resolv.conf asks the cluster first and no more than three servers', () => {
    const system =
      'search corp\nnameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\noptions ndots:1\n'
    expect(resolvConf(system, '127.7.0.53')).toBe(
      'search corp\noptions ndots:1\nnameserver 127.7.0.53\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n',
    )
    expect(resolvConf('', '127.7.0.53')).toBe('nameserver 127.7.0.53\n')
  })

  it('hosts keeps the lines of the system and lists names, not wildcards', () => {
    const zones = new Zones()
    zones.add('shop.example', { server: '127.7.0.53' })
    zones.set('shop.example', [{ type: 'A', data: '127.7.1.1' }])
    zones.set('*.shop.example', [{ type: 'A', data: '127.7.1.1' }])
    expect(hostsFile('127.0.0.1 localhost\n', zones)).toBe(
      '127.0.0.1 localhost\n# The names of the cluster, kept by sallyport.\n127.7.1.1 shop.example\n',
    )
  })

  it('the trust bundle extends the first system bundle that holds certificates', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-ca-'))
    const system = join(folder, 'system.pem')
    await writeFile(system, 'x -----BEGIN CERTIFICATE-----')
    const empty = join(folder, 'empty.pem')
    await writeFile(empty, '')
    expect(await caBundle(['mine'], [join(folder, 'none'), empty, system])).toEqual({
      pem: 'mine\nx -----BEGIN CERTIFICATE-----',
      extends: system,
    })
    const own = await caBundle(['mine'], [])
    expect([own.extends, own.pem.includes(rootCertificates[0] ?? '-')]).toEqual([undefined, true])
    await rm(folder, { recursive: true })
  })

  it('the environment of a command extends that of its caller, once', () => {
    const environment = { variables: { A: '1' }, path: ['/bin/x'], nodeOptions: '--require=/p.cjs' }
    const first = commandEnvironment(environment, {
      PATH: '/usr/bin',
      NODE_OPTIONS: '--no-warnings',
      A: '0',
      B: '2',
    })
    expect(first).toEqual({
      A: '1',
      B: '2',
      PATH: '/bin/x:/usr/bin',
      NODE_OPTIONS: '--no-warnings --require=/p.cjs',
    })
    expect(commandEnvironment(environment, first)['NODE_OPTIONS']).toBe(first['NODE_OPTIONS'])
    expect(commandEnvironment(environment, {})['PATH']).toBe('/bin/x')
  })
})
