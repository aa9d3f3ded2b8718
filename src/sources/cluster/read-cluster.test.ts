// Reading a cluster: pages, older versions, what is not there, and what may not be read.
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { PROXY_ANNOTATION } from '../../resources/pod.ts'
import { readCluster } from './read-cluster.ts'

let server: Server | undefined
const open = async (
  answer: (path: string) => object | number,
): Promise<Parameters<typeof readCluster>[0]> => {
  const listener: RequestListener = ({ method, url = '' }, response) => {
    if (method !== 'GET') throw new Error('only GET is sent')
    const body = answer(url)
    if (typeof body === 'number') response.writeHead(body).end(JSON.stringify({ message: 'no' }))
    else response.end(JSON.stringify(body))
  }
  const made = createServer(listener)
  server = made
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  const { port } = made.address() as AddressInfo
  return { server: `http://127.0.0.1:${port}`, options: {} }
}
afterEach(() => {
  server?.close()
  server = undefined
})

const item = (name: string, extra: object = {}) => ({ metadata: { name, namespace: 'a' }, ...extra })

describe('readCluster', () => {
  it('reads page by page and fills in what lists leave out', async () => {
    const access = await open((path) => {
      if (!path.startsWith('/api/v1/services')) return { items: [] }
      return path.includes('continue=next%2F1')
        ? { items: [item('two')] }
        : { items: [item('one')], metadata: { continue: 'next/1' } }
    })
    const objects = (await readCluster(access)).map(({ object }) => object)
    expect(objects).toEqual([
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'one', namespace: 'a' } },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'two', namespace: 'a' } },
    ])
  })

  it("finds Istio's kinds at the version that is served, and does without those that are not", async () => {
    const access = await open((path) => {
      if (path.startsWith('/apis/networking.istio.io/v1beta1/gateways')) return { items: [item('gw')] }
      return path.startsWith('/apis/') ? 404 : { items: [] }
    })
    const [gateway, ...rest] = await readCluster(access)
    expect(rest).toEqual([])
    expect(gateway?.object).toMatchObject({ apiVersion: 'networking.istio.io/v1', kind: 'Gateway' })
    expect(gateway?.origin('spec.servers[0]')).toEqual({
      object: { apiVersion: 'networking.istio.io/v1', kind: 'Gateway', namespace: 'a', name: 'gw' },
      field: 'spec.servers[0]',
    })
  })

  it("knows Istio's gateways by what their proxy runs", async () => {
    const proxy = (args: readonly string[]) => ({ spec: { containers: [{ name: 'istio-proxy', args }] } })
    const access = await open((path) =>
      path.startsWith('/api/v1/pods')
        ? { items: [item('gw', proxy(['proxy', 'router'])), item('app', proxy(['proxy', 'sidecar']))] }
        : { items: [] },
    )
    const pods = await readCluster(access)
    expect(pods.map(({ object }) => object.metadata.annotations?.[PROXY_ANNOTATION])).toEqual([
      'gateway',
      undefined,
    ])
  })

  it('fails when a kind may not be listed, since half a picture gives false findings', async () => {
    const access = await open((path) => (path.startsWith('/api/v1/secrets') ? 403 : { items: [] }))
    await expect(readCluster(access)).rejects.toThrow('the API answers 403 when secrets are listed: no')
  })

  it('does without nodes where they may not be read', async () => {
    const access = await open((path) =>
      path.startsWith('/api/v1/nodes') ? 403 : { items: path.startsWith('/api/v1/pods') ? [item('a')] : [] },
    )
    expect((await readCluster(access)).map(({ object }) => object.metadata.name)).toEqual(['a'])
  })
})
