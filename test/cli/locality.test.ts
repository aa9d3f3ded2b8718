// Failover between zones as it is rehearsed on one machine: places by labels of the node and of pods, a Deployment scaled away and back.
import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { Summary } from '../../src/control/running.ts'
import { ownAccess } from '../../src/sources/cluster/access.ts'
import { ask } from '../engine/testing/client.ts'
import { Workplace } from '../sallyport.ts'

const place = new Workplace()
afterAll(() => place.close())

const program = (name: string, label: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: web, side: ${name} } }
  template:
    metadata: { labels: { app: web, side: ${name}${label} } }
    spec: { containers: [{ name: web, image: http-echo, args: ['-listen=:8080', '-text=${name}'], ports: [{ containerPort: 8080 }] }] }
---`
const manifests = `${program('near', '')}${program('far', ', istio-locality: eu.b')}
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: door }
spec: { selector: { istio: ingressgateway }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web }
spec: { hosts: ['*'], gateways: [door], http: [{ route: [{ destination: { host: web } }] }] }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: web }
spec: { host: web, trafficPolicy: { outlierDetection: { consecutive5xxErrors: 1, maxEjectionPercent: 100 } } }
`

/** Patches an object; resolves with the status. */
function patch({ kubeconfig }: Summary, path: string, body: object): Promise<number> {
  const access = ownAccess(kubeconfig)
  const headers = { 'content-type': 'application/merge-patch+json' }
  return new Promise((resolve, reject) => {
    const sent = request(`${access.server}${path}`, { ...access.options, method: 'PATCH', headers })
    sent.on('response', (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject)
    sent.end(JSON.stringify(body))
  })
}

it('requests go to the next zone when their own has no pod left, and come back', async () => {
  const file = join(place.folder, 'zones.yaml')
  writeFileSync(file, manifests)
  const summary = await place.up('--name', 'zones', '--ephemeral', '-f', file)
  const host = summary.doors.find(({ kind }) => kind === 'gateway')?.https?.split(':')[0] ?? ''
  // Port 80, or where it is when it may not be bound.
  const answer = (): Promise<string> =>
    ask({ host, port: 80 })
      .catch(() => ask({ host, port: 20_080 }))
      .then(
        ({ body }) => body.trim(),
        (error: Error) => error.message,
      )
  const served = (by: string) => expect.poll(answer, { timeout: 60_000 }).toBe(by)
  const trace = () => place.sallyport('trace', '--name', 'zones', `http://${host}/`).then((one) => one.stdout)

  const labels = { 'topology.kubernetes.io/region': 'eu', 'topology.kubernetes.io/zone': 'b' }
  const node = `/api/v1/nodes/${encodeURIComponent(await nodeName(summary))}`
  await served('near')
  // All in one zone; then the node, with the gateway and the first program, in another.
  expect(await patch(summary, node, { metadata: { labels } })).toBe(200)
  await expect.poll(trace, { timeout: 60_000 }).not.toContain('priority')
  const zone = { 'topology.kubernetes.io/zone': 'a' }
  expect(await patch(summary, node, { metadata: { labels: zone } })).toBe(200)
  await expect.poll(trace, { timeout: 60_000 }).toMatch(/0: eu\/a; .* takes 100 %\n.* 1: eu\/b; .* waits/)
  await served('near')

  const scale = (replicas: number) =>
    patch(summary, '/apis/apps/v1/namespaces/default/deployments/near', { spec: { replicas } })
  expect(await scale(0)).toBe(200)
  await served('far')
  expect(await scale(1)).toBe(200)
  await served('near')
  expect((await place.sallyport('down', '--name', 'zones')).code).toBe(0)
})

async function nodeName({ kubeconfig }: Summary): Promise<string> {
  const { server, options } = ownAccess(kubeconfig)
  const text = await new Promise<string>((resolve, reject) => {
    const sent = request(`${server}/api/v1/nodes`, options, (response) => {
      let read = ''
      response.on('data', (part) => {
        read += part
      })
      response.on('end', () => resolve(read))
    })
    sent.on('error', reject).end()
  })
  return (JSON.parse(text) as { items: { metadata: { name: string } }[] }).items[0]?.metadata.name ?? ''
}
