import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import {
  ALB_HOST,
  ALB_LABEL,
  NLB_HOST,
  NLB_LABEL,
  providerUntil,
  type TestCluster,
  testCluster,
} from '../testing/provider.ts'
import { ibmcloud } from './ibmcloud.ts'

let cluster: TestCluster
let home: string
beforeAll(async () => {
  cluster = await testCluster()
  home = await mkdtemp(join(tmpdir(), 'sallyport-home-'))
})
afterAll(async () => {
  await cluster.close()
  await rm(home, { recursive: true })
})

const kubeconfig = `apiVersion: v1
kind: Config
clusters:
- name: mycluster
  cluster: {server: 'https://127.7.0.1:6443'}
users:
- name: mycluster-admin
  user: {}
contexts:
- name: mycluster
  context: {cluster: mycluster, user: mycluster-admin}
current-context: mycluster
`

const run = (line: string, env: Record<string, string> = { HOME: home }) =>
  ibmcloud(line.split(' ').filter(Boolean), {
    provider: cluster.provider,
    env,
    kubeconfig: async () => kubeconfig,
  })

const lines = (text: string) => text.split('\n').map((line) => line.replace(/ {2,}/g, ' | '))

describe('ibmcloud ks', () => {
  it('cluster get has exactly the two Ingress lines of the article', async () => {
    const { stdout, exitCode } = await run('ks cluster get --cluster mycluster')
    expect(exitCode).toBe(0)
    expect(lines(stdout).slice(0, 4)).toEqual([
      'Retrieving cluster mycluster...',
      'OK',
      '',
      'Name: | mycluster',
    ])
    expect(lines(stdout).filter((line) => line.includes('Ingress'))).toEqual([
      `Ingress Subdomain: | ${ALB_HOST}`,
      `Ingress Secret: | ${ALB_LABEL}`,
    ])
  })

  it('cluster get speaks JSON in both forms of the provider, asked for in the new and the old way', async () => {
    const { stdout } = await run('ks cluster get -c bm64u3ed02o93vv36hb0 --output json')
    expect(JSON.parse(stdout)).toMatchObject({
      ingressHostname: ALB_HOST,
      ingress: { hostname: ALB_HOST, secretName: ALB_LABEL },
      masterKubeVersion: '1.30.2',
    })
    expect((await run('cs cluster get --cluster mycluster --json')).stdout).toBe(stdout)
  })

  it('nlb-dns create classic prints the line of the article, nlb-dnss the table', async () => {
    const created = await run(
      'ks nlb-dns create classic --cluster mycluster --ip 127.7.1.2 --secret-namespace istio-system',
    )
    expect(created).toEqual({
      stdout: `Host name subdomain is created as ${NLB_HOST}\n`,
      stderr: '',
      exitCode: 0,
    })
    await providerUntil(cluster.provider, () => cluster.provider.domains()[1]?.status === 'created')
    expect(lines((await run('ks nlb-dnss --cluster mycluster')).stdout)).toEqual([
      'Retrieving host names, certificates, IPs, and health check monitors for network load balancer (NLB) pods in cluster mycluster...',
      'OK',
      '',
      'Hostname | IP(s) | Health Monitor | SSL Cert Status | SSL Cert Secret Name | Secret Namespace',
      `${NLB_HOST} | 127.7.1.2 | None | created | ${NLB_LABEL} | istio-system`,
      '',
    ])
    expect(lines((await run('ks nlb-dns ls -c mycluster -q')).stdout)[0]).toMatch(/^Hostname/)
    expect(JSON.parse((await run('ks nlb-dns ls -c mycluster --output json')).stdout)).toMatchObject([
      { nlbHost: NLB_HOST, nlbIP: '["127.7.1.2"]', nlbIPArray: ['127.7.1.2'], nlbSslSecretStatus: 'created' },
    ])
  })

  it('nlb-dns add, get, rm and secret regenerate change a registration', async () => {
    const { stdout } = await run('ks nlb-dns-create --cluster mycluster --ip 127.7.1.3')
    const host = stdout.trim().replace(/.* /, '')
    expect(
      (await run(`ks nlb-dns add -c mycluster --ip 127.7.1.4 --ip 127.7.1.5 --nlb-host ${host}`)).stdout,
    ).toBe(`Adding IPs: 127.7.1.4, 127.7.1.5 to NLB host name ${host} in cluster mycluster...\nOK\n`)
    expect(lines((await run(`ks nlb-dns get -c mycluster --nlb-subdomain ${host}`)).stdout)).toContain(
      'Target(s): | 127.7.1.3,127.7.1.4,127.7.1.5',
    )
    expect((await run(`ks nlb-dns secret regenerate -c mycluster --nlb-subdomain ${host} -f`)).exitCode).toBe(
      0,
    )
    for (const ip of ['127.7.1.3', '127.7.1.4'])
      expect((await run(`ks nlb-dns rm classic -c mycluster --ip ${ip} --nlb-host ${host}`)).exitCode).toBe(0)
    const last = await run(`ks nlb-dns rm classic -c mycluster --ip 127.7.1.5 --nlb-host ${host}`)
    expect(last.stdout).toContain('the subdomain and its certificate secret are removed')
    expect((await run(`ks nlb-dns get -c mycluster --nlb-subdomain ${host}`)).exitCode).toBe(1)
  })

  it('lists and shows ALBs under all their names', async () => {
    const { stdout } = await run('ks albs --cluster mycluster')
    expect(lines(stdout)[4]).toBe(
      'public-crbm64u3ed02o93vv36hb0-alb1 | true | enabled | public | 127.7.1.1 | dal10 | sallyport | - | 1.0',
    )
    expect((await run('ks ingress alb ls -c mycluster')).stdout).toBe(stdout)
    expect((await run('ks alb ls -c mycluster')).stdout).toBe(stdout)
    const one = await run('ks ingress alb get -c mycluster --alb public-crbm64u3ed02o93vv36hb0-alb1')
    expect(lines(one.stdout)).toContain('ALB IP: | 127.7.1.1')
    expect((await run('ks alb-get -c mycluster --albID nope')).stderr).toMatch(/^FAILED\n/)
  })

  it('cluster ls and its JSON', async () => {
    expect(lines((await run('ks clusters')).stdout)[4]).toMatch(
      /^mycluster \| bm64u3ed02o93vv36hb0 \| normal/,
    )
    expect(JSON.parse((await run('ks cluster ls --provider vpc-gen2 --output json')).stdout)).toEqual([])
  })

  it('cluster config merges into the kubeconfig of the caller and keeps what is there', async () => {
    const file = join(home, 'mine')
    await writeFile(
      file,
      '# mine\napiVersion: v1\nclusters:\n- name: other\n  cluster: {server: https://x}\n- name: mycluster\n  cluster: {server: old}\ncurrent-context: other\n',
    )
    const { stdout, exitCode } = await run('ks cluster config --cluster mycluster', { KUBECONFIG: file })
    expect([exitCode, stdout.split('\n')[1]]).toEqual([
      0,
      'The configuration for mycluster was downloaded successfully.',
    ])
    const text = await readFile(file, 'utf8')
    expect(text).toMatch(/^# mine/)
    expect(parse(text)).toMatchObject({
      clusters: [
        { name: 'other', cluster: { server: 'https://x' } },
        { name: 'mycluster', cluster: { server: 'https://127.7.0.1:6443' } },
      ],
      'current-context': 'mycluster',
    })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await run('ks cluster config -c mycluster -q')).stdout).toBe('')
    expect(await readFile(join(home, '.kube', 'config'), 'utf8')).toBe(kubeconfig)
    await writeFile(file, 'a: [')
    expect(await run('ks cluster config -c mycluster', { KUBECONFIG: file })).toMatchObject({ exitCode: 1 })
  })

  it('fails with FAILED and a reason: exit 1 for what cannot be done, 2 for what is not understood', async () => {
    const failures: readonly [string, number, RegExp][] = [
      ['ks cluster get --cluster other', 1, /could not be found.*\(A0006\)/],
      [
        'ks nlb-dns create classic -c mycluster',
        1,
        /You must specify an NLB IP address in the '--ip' flag\./,
      ],
      ['ks nlb-dns create classic -c mycluster --ip x', 1, /The IP address 'x' is not valid/],
      [
        'ks nlb-dns create classic -c mycluster --ip 1.2.3.4 --secret-namespace nope',
        1,
        /namespace 'nope'.*does not exist/,
      ],
      ['ks nlb-dns create vpc-gen2 -c mycluster --lb-host x', 1, /classic cluster/],
      ['ks cluster get --cluster mycluster --output yaml', 1, /'yaml' is not supported/],
      ['ks cluster get', 2, /--cluster/],
      ['ks cluster get --cluster mycluster --nope', 2, /unknown option '--nope'/],
      ['ks nonsense', 2, /unknown command 'nonsense'/],
    ]
    for (const [line, exitCode, reason] of failures) {
      const result = await run(line)
      expect([line, result.exitCode, result.stdout]).toEqual([line, exitCode, ''])
      expect(result.stderr).toMatch(/^FAILED\n/)
      expect(result.stderr).toMatch(reason)
    }
    expect((await run('ks --help')).exitCode).toBe(0)
  })
})
