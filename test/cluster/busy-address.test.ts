// An address of a Service that something else on the machine listens at already: the cluster's log says so (SP0702), and the cluster goes on.
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Workplace } from '../sallyport.ts'

const place = new Workplace()
let other: Server | undefined
afterAll(async () => {
  other?.close()
  await place.close()
})

it('is told in the log', async () => {
  // The range of addresses is chosen at creation and kept.
  const { apiServer, kubeconfig } = await place.up()
  await place.sallyport('down')
  const [first, second] = new URL(apiServer).hostname.split('.')
  const address = `${first}.${second}.17.7`
  const busy = createServer()
  other = busy
  await new Promise<void>((resolve) => busy.listen(18_080, address, resolve))
  const file = join(place.scratch, 'service.yaml')
  writeFileSync(
    file,
    `apiVersion: v1\nkind: Service\nmetadata: { name: taken }\nspec: { clusterIP: ${address}, ports: [{ port: 18080 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: taken, labels: { kubernetes.io/service-name: taken } }
addressType: IPv4
endpoints: [{ addresses: [${first}.${second}.64.9] }]
ports: [{ name: '', port: 1 }]
`,
  )
  await place.up('-f', file)
  const log = join(dirname(kubeconfig), 'logs', 'sallyport.log')
  await expect
    .poll(() => readFileSync(log, 'utf8'), { timeout: 20_000 })
    .toMatch(new RegExp(`SP0702.*cannot listen at ${address}:18080`))
  expect((await place.sallyport('status')).code).toBe(0)
})
