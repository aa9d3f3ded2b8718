// Envoy and a cluster that runs, as processes: `sallyport xds` served from its API, and what an Envoy refuses as its user sees it.
import { readdirSync, readFileSync } from 'node:fs'
import { request as requestHttp } from 'node:http'
import { request } from 'node:https'
import { createServer, type Server } from 'node:net'
import { createInterface } from 'node:readline'
import { credentials } from '@grpc/grpc-js'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { adminText } from '../../src/admin/client.ts'
import type { Summary } from '../../src/control/running.ts'
import { ownAccess } from '../../src/sources/cluster/access.ts'
import { Workplace } from '../sallyport.ts'
import { envoyBinary, needsEnvoy } from './testing/binary.ts'
import { XdsClient } from './testing/xds-client.ts'

const place = new Workplace()
afterAll(() => place.close())

/** One call of the cluster's API; resolves with the status. */
function call({ kubeconfig }: Summary, method: string, path: string, body?: object): Promise<number> {
  const access = ownAccess(kubeconfig)
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    }
    const sent = request(`${access.server}${path}`, { ...access.options, method, headers, agent: false })
    sent.on('response', (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject)
    sent.end(body && JSON.stringify(body))
  })
}

const ISTIO = '/apis/networking.istio.io/v1/namespaces/default'
const istio = (kind: string, name: string, spec: object) => ({
  apiVersion: 'networking.istio.io/v1',
  kind,
  metadata: { name, namespace: 'default' },
  spec,
})
const door = istio('Gateway', 'door', {
  selector: { istio: 'ingressgateway' },
  servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
})
const answer = (host: string) => ({
  hosts: [host],
  gateways: ['door'],
  http: [{ directResponse: { status: 204 } }],
})

describe('sallyport xds with a cluster', () => {
  it('serves what its API has, takes up changes, and keeps the last good when it cannot be read', async () => {
    const summary = await place.up('--name', 'read')
    expect(await call(summary, 'POST', `${ISTIO}/gateways`, door)).toBe(201)
    const virtualService = istio('VirtualService', 'shop', answer('shop.test'))
    expect(await call(summary, 'POST', `${ISTIO}/virtualservices`, virtualService)).toBe(201)
    const control = place.sallyportStarted(
      ...['xds', '--listen', '127.0.0.1:0', '--plaintext'],
      ...['--kubeconfig', summary.kubeconfig],
    )
    const lines: string[] = []
    for (const stream of [control.stdout, control.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => lines.push(line))
    const said = (text: RegExp) =>
      expect.poll(() => lines.find((line) => text.test(line)), { timeout: 60_000 }).toBeDefined()
    await said(/^version 1:/)
    const port = /^serving xDS on 127.0.0.1:(\d+)/m.exec(lines.join('\n'))?.[1]
    const connect = () => {
      const client = new XdsClient({
        address: `127.0.0.1:${port}`,
        node: 'gateway/istio-system/istio-ingressgateway',
        credentials: credentials.createInsecure(),
      })
      onTestFinished(() => client.close())
      for (const type of ['clusters', 'listeners', 'virtualHosts'] as const) client.subscribe(type)
      client.subscribe('routes', ['http.80'])
      return client
    }
    const client = connect()
    await client.until(() => client.names('virtualHosts').includes('http.80/shop.test'))
    const path = `${ISTIO}/virtualservices/shop`
    expect(await call(summary, 'PATCH', path, { spec: answer('other.test') })).toBe(200)
    await client.until(() => client.names('virtualHosts').includes('http.80/other.test'))
    expect(client.names('virtualHosts')).not.toContain('http.80/shop.test')

    expect((await place.sallyport('down', '--name', 'read')).code).toBe(0)
    await said(/cannot be followed: .*the last good configuration stays/)
    const late = connect()
    await late.until(() => late.names('virtualHosts').includes('http.80/other.test'))
    control.kill('SIGTERM')
  })

  it('says what to do when there is no cluster to read', async () => {
    const { code, stderr } = await place.sallyport('xds', '--listen', '127.0.0.1:0', '--plaintext')
    expect(code).toBe(1)
    expect(stderr).toContain('no cluster runs')
    const elsewhere = await place.sallyport('xds', '--listen', '127.0.0.1:0', '--kubeconfig', '/none/such')
    expect(elsewhere.code).toBe(1)
    expect(elsewhere.stderr).toContain('/none/such')
  })
})

describe.skipIf(!envoyBinary)(`a cluster on Envoy ${needsEnvoy}`, () => {
  it('shows what an Envoy refuses in status and metrics, at its origin, and while it holds', async () => {
    const summary = await place.up('--name', 'refused', '--engine', 'gateway=envoy')
    const address = summary.doors.find(({ kind }) => kind === 'gateway')?.https?.split(':')[0] ?? ''
    // Somebody has the address of port 80 already, at whichever real port that is on this machine.
    const squatters = await Promise.all([80, 20_080].map((port) => occupy(address, port)))
    const free = () => {
      for (const squatter of squatters) squatter?.close()
    }
    onTestFinished(free)
    expect(await call(summary, 'POST', `${ISTIO}/gateways`, door)).toBe(201)
    const virtualService = istio('VirtualService', 'shop', answer('shop.test'))
    expect(await call(summary, 'POST', `${ISTIO}/virtualservices`, virtualService)).toBe(201)
    const status = () => place.sallyport('status', '--name', 'refused').then(({ stdout }) => stdout)
    await expect.poll(status, { timeout: 60_000 }).toContain('SP0801')
    const text = await status()
    expect(text).toMatch(/refused listeners 0\.0\.0\.0_\d+: .*[Aa]ddress already in use/)
    expect(text).toContain('Gateway default/door')
    const runtime = JSON.parse(readFileSync(`${summary.data}/runtime.json`, 'utf8')) as { socket: string }
    expect(await adminText(runtime.socket, 'GET', '/metrics')).toMatch(
      /sallyport_xds_rejected_resources\{node="gateway\/[^"]+"\} 1/,
    )
    free()
    expect(await call(summary, 'DELETE', `${ISTIO}/gateways/door`)).toBe(200)
    await expect.poll(status, { timeout: 60_000 }).not.toContain('SP0801')
    expect((await place.sallyport('down', '--name', 'refused')).code).toBe(0)
  })
})

describe.skipIf(!envoyBinary)(`SIGUSR2 ${needsEnvoy}`, () => {
  it('puts new Envoys in the place of those that run, while requests go on', async () => {
    const summary = await place.up('--name', 'again', '--engine', 'gateway=envoy')
    expect(await call(summary, 'POST', `${ISTIO}/gateways`, door)).toBe(201)
    const virtualService = istio('VirtualService', 'shop', answer('shop.test'))
    expect(await call(summary, 'POST', `${ISTIO}/virtualservices`, virtualService)).toBe(201)
    const gateway = summary.doors.find(({ kind }) => kind === 'gateway')
    const [address = '', https = '443'] = gateway?.https?.split(':') ?? []
    const port = Number(https) - 443 + 80
    const ask = () => statusAt(address, port, 'shop.test')
    await expect.poll(ask, { timeout: 60_000 }).toBe(204)
    const epochs = () => epochsOf(`${summary.data}/`)
    expect(epochs()).toEqual(['0'])
    process.kill(summary.pid, 'SIGUSR2')
    const seen = new Set<number>()
    await expect
      .poll(
        async () => {
          seen.add(await ask())
          return epochs()
        },
        { timeout: 60_000, interval: 20 },
      )
      .toEqual(['1'])
    expect([...seen]).toEqual([204])
    expect((await place.sallyport('down', '--name', 'again')).code).toBe(0)
    expect(epochs()).toEqual([])
  })
})

function statusAt(host: string, port: number, name: string): Promise<number> {
  return new Promise((resolve) => {
    requestHttp({ host, port, headers: { host: name }, agent: false }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
      .on('error', () => resolve(0))
      .end()
  })
}

/** `--restart-epoch` of the Envoys whose files are in this folder. */
function epochsOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        if (!words[0]?.endsWith('/envoy') || !words.some((word) => word.startsWith(folder))) return []
        return [words[words.indexOf('--restart-epoch') + 1] ?? '']
      } catch {
        return []
      }
    })
}

/** Listens there; undefined where that may not be. */
function occupy(host: string, port: number): Promise<Server | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.on('error', () => resolve(undefined))
    server.listen(port, host, () => resolve(server))
  })
}
