// One call of an Envoy's admin interface on loopback.
import { request } from 'node:http'

/** Resolves with the answer's text; rejects when nobody answers within five seconds. */
export function callAdmin(port: number, method: 'GET' | 'POST', path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, method, path, timeout: 5_000 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks).toString()))
      response.on('error', reject)
    })
    call.on('timeout', () => call.destroy(new Error('the admin port does not answer')))
    call.on('error', reject)
    call.end()
  })
}
