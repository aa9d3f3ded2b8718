// Stands between a command and an API server and writes down what is asked: for proof that a cluster is only read.
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { ownAccess } from '../../src/sources/cluster/access.ts'

export interface Recorder {
  /** `GET /api/v1/pods?limit=500`, in order. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

/** Forwards to the API of the kubeconfig at `own`; writes a kubeconfig to `path` whose context `recorded` leads here and whose current one leads nowhere. */
export async function startRecorder(own: string, path: string): Promise<Recorder> {
  const { server, options } = ownAccess(own)
  const asked: string[] = []
  const proxy: Server = createServer((incoming, answer) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    const { method, headers } = incoming
    const forwarded = request(`${server}${incoming.url}`, { ...options, method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    forwarded.on('error', (error) => answer.destroy(error))
    incoming.pipe(forwarded)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  const clusters = [
    { name: 'here', cluster: { server: `http://127.0.0.1:${port}` } },
    { name: 'nowhere', cluster: { server: 'http://127.0.0.1:9' } },
  ]
  const contexts = [
    { name: 'recorded', context: { cluster: 'here', user: 'me' } },
    { name: 'broken', context: { cluster: 'nowhere', user: 'me' } },
  ]
  const users = [{ name: 'me', user: {} }]
  writeFileSync(path, JSON.stringify({ 'current-context': 'broken', clusters, contexts, users }))
  return {
    asked,
    close: () =>
      new Promise((resolve) => {
        proxy.closeAllConnections()
        proxy.close(() => resolve())
      }),
  }
}
