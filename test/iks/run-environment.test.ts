// Real clients in the environment of `sallyport run`, against a small HTTPS server: once with real ports, once with mapped ones.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startConnectProxy } from '../../src/dns/connect-proxy.ts'
import type { Locate } from '../../src/dns/locate.ts'
import { type DnsServer, startDnsServer } from '../../src/dns/server.ts'
import { Zones } from '../../src/dns/zones.ts'
import { commandEnvironment } from '../../src/iks/command-environment.ts'
import { mountNamespace } from '../../src/iks/mount-namespace.ts'
import { type RunningEnvironment, startRunEnvironment } from '../../src/iks/run-environment.ts'
import { openIssuer } from '../../src/pki/issuer.ts'

const run = promisify(execFile)
const HOST = 'door.test.containers.appdomain.cloud'
const endings: (() => unknown)[] = []
afterAll(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

interface Setup {
  readonly environment: RunningEnvironment
  readonly zones: Zones
  readonly address: string
}

/** Two random bytes keep parallel runs apart. */
const range = `127.${160 + Math.floor(Math.random() * 80)}`

async function setUp(subnet: number, mapped: boolean): Promise<Setup | string> {
  const address = `${range}.${subnet}.1`
  const locate: Locate = (host, port) => ({ host, port: mapped && port < 1024 ? port + 20_000 : port })
  const folder = await mkdtemp(join(tmpdir(), 'sallyport run '))
  endings.push(() => rm(folder, { recursive: true, force: true }))
  // An unprivileged caller in a test has to be able to read it.
  await chmod(folder, 0o755)
  const issuer = await openIssuer({ folder: join(folder, 'pki') })
  const { chain, key } = await issuer.issue([HOST, `*.${HOST}`])
  const web = createServer({ cert: chain, key }, (request, response) => {
    response.end(`hello from ${request.headers.host}\n`)
  })
  const at = locate(address, 443)
  web.listen(at.port, at.host)
  const problem = await Promise.race([
    once(web, 'listening').then(() => undefined),
    once(web, 'error').then(([error]) => (error as Error).message),
  ])
  if (problem !== undefined) return problem
  endings.push(() => web.close())
  const zones = new Zones()
  zones.add(HOST)
  for (const name of [HOST, `*.${HOST}`]) zones.set(name, [{ type: 'A', data: address }])
  const dnsAt = locate(`${range}.${subnet}.53`, 53)
  const dns: DnsServer = await startDnsServer({ zones, ...dnsAt })
  endings.push(() => dns.close())
  const proxy = await startConnectProxy({
    cluster: 'test',
    addresses: (name) => zones.addresses(name),
    owns: (ip) => ip.startsWith(`${range}.`),
    locate,
    host: dns.host,
    port: 0,
  })
  endings.push(() => proxy.close())
  const environment = await startRunEnvironment({
    folder,
    proxy,
    dns,
    realPorts: !mapped,
    zones,
    anchors: [issuer.root],
    kubeconfig: join(folder, 'kubeconfig'),
    ibmcloud: ['/bin/echo', "it's", 'ibmcloud'],
    variables: { SALLYPORT_TEST: 'yes' },
  })
  endings.push(() => environment.close())
  return { environment, zones, address }
}

async function present(program: string): Promise<boolean> {
  return run('sh', ['-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  )
}

const node = (code: string): [string, string[]] => [process.execPath, ['--input-type=module', '-e', code]]
const python = `import urllib.request as r; print(r.urlopen("https://a.${HOST}/", timeout=10).read().decode().strip())`

/** Clients that use the proxy variables or NODE_OPTIONS; each prints what it got. */
const clients: Record<string, { readonly command: [string, string[]]; readonly host?: string }> = {
  curl: { command: ['curl', ['-sS', '--max-time', '10', `https://a.${HOST}/`]] },
  python3: { command: ['python3', ['-c', python]] },
  'node fetch': { command: node(`console.log((await (await fetch('https://a.${HOST}/')).text()).trim())`) },
  'node https.get': {
    command: node(
      `import { get } from 'node:https'; get('https://a.${HOST}/', (r) => r.setEncoding('utf8').on('data', (t) => process.stdout.write(t)))`,
    ),
  },
  'node tls.connect': {
    command: node(
      `import { connect } from 'node:tls'; const s = connect(443, 'a.${HOST}', () => { s.write('GET / HTTP/1.0\\r\\nHost: a.${HOST}\\r\\n\\r\\n'); s.setEncoding('utf8').on('data', (t) => process.stdout.write(t)) })`,
    ),
  },
}

describe.each([
  ['real ports', 1, false],
  ['mapped ports', 2, true],
] as const)('a command inside the cluster, %s', (_, subnet, mapped) => {
  let setup: Setup | string
  let env: NodeJS.ProcessEnv
  beforeAll(async () => {
    setup = await setUp(subnet, mapped)
    env = typeof setup === 'string' ? {} : commandEnvironment(setup.environment, process.env)
  })

  const ready = (skip: (reason: string) => never): Setup => {
    if (typeof setup === 'string') return skip(`ports cannot be bound here: ${setup}`)
    return setup
  }

  for (const [name, { command }] of Object.entries(clients))
    it(`${name} reaches a name on the standard port with the right trust`, async ({ skip }) => {
      ready(skip)
      const [program, args] = command
      if (!(await present(program))) skip(`no ${program} here`)
      const { stdout } = await run(program, args, { env, timeout: 30_000 })
      expect(stdout).toContain(`hello from a.${HOST}`)
    })

  it('curl reaches an address, and is told why it does not reach other names', async ({ skip }) => {
    const { address } = ready(skip)
    if (!(await present('curl'))) skip('no curl here')
    const { stdout } = await run('curl', ['-sSk', `https://${address}/`], { env })
    expect(stdout).toBe(`hello from ${address}\n`)
    const failed = await run('curl', ['-sSv', 'https://example.org/'], { env }).catch((error) => error)
    expect(failed.stderr).toContain('403 example.org is not a name or address of the cluster test')
    const plain = await run('curl', ['-sS', 'http://example.org/'], { env })
    expect(plain.stdout).toBe('Forbidden: example.org is not a name or address of the cluster test\n')
  })

  it('node is told why it does not reach other names, and reaches its own machine directly', async ({
    skip,
  }) => {
    ready(skip)
    const code = `
      import { createServer, get } from 'node:http'
      const failed = await fetch('https://example.org/').catch((error) => error.cause)
      console.log(failed.code, failed.message)
      const server = createServer((_, response) => response.end('near')).listen(0, '127.0.0.1', () => {
        get({ host: 'localhost', port: server.address().port, family: 4 }, (r) => r.on('data', (t) => { console.log(String(t)); server.close() }))
      })`
    const { stdout } = await run(...node(code), { env, timeout: 30_000 })
    expect(stdout).toMatch(
      /^ENOTFOUND connect example.org:443: .*not a name or address of the cluster test\nnear\n$/,
    )
  })

  it('ibmcloud and bx are on the PATH', async ({ skip }) => {
    ready(skip)
    const { stdout } = await run('sh', ['-c', 'ibmcloud ks "a b"; bx cs; echo $SALLYPORT_TEST'], { env })
    expect(stdout).toBe("it's ibmcloud ks a b\nit's ibmcloud cs\nyes\n")
  })

  it('in a mount namespace every program resolves the names, also those that come later', async ({
    skip,
  }) => {
    const { environment, zones, address } = ready(skip)
    const { nameFiles } = environment
    if (mapped) {
      expect(nameFiles).toEqual({ unavailable: expect.stringContaining('ports below 1024') })
      return
    }
    if ('unavailable' in nameFiles) throw new Error(nameFiles.unavailable)
    const callers = [{ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, words: [] as string[] }]
    if (callers[0]?.uid === 0 && (await present('setpriv')))
      callers.push({
        uid: 65_534,
        gid: 65_534,
        words: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
      })
    for (const { uid, gid, words } of callers) {
      const found = await mountNamespace(nameFiles, { uid, gid })
      if ('unavailable' in found) skip(found.unavailable)
      else {
        const inside = async (command: string) => {
          const [program = '', ...args] = [...words, ...found.prefix, 'sh', '-c', command]
          return (await run(program, args, { env, timeout: 30_000 })).stdout
        }
        expect(await inside('id -u')).toBe(`${uid}\n`)
        expect(await inside(`getent hosts a.${HOST}`)).toMatch(new RegExp(`^${address} `))
        zones.set(`late${uid}.${HOST}`, [{ type: 'A', data: `${range}.9.9` }])
        expect(await inside(`getent hosts late${uid}.${HOST}`)).toMatch(new RegExp(`^${range}.9.9 `))
        // GNU wget knows no variable for its trust: the bundle is mounted over the system's.
        if (await present('wget'))
          expect(await inside(`wget -q -O - https://a.${HOST}/`)).toBe(`hello from a.${HOST}\n`)
        if (await present('openssl')) {
          const client = `openssl s_client -connect a.${HOST}:443 -servername a.${HOST} -verify_hostname a.${HOST} -verify_return_error -brief`
          expect(
            await inside(`printf 'GET / HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n' | ${client} -ign_eof 2>&1`),
          ).toContain('hello from x')
        }
      }
    }
    await expect(run('getent', ['hosts', `a.${HOST}`])).rejects.toThrow()
  })
})
