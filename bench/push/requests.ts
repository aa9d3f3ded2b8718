// A client of the real Envoy in a process of its own: asks for a host over one connection, a thousand times a second, until the answer is the one that is wanted.
import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true })

export interface Wanted {
  readonly port: number
  readonly host: string
  readonly body: string
}

function ask({ port, host }: Wanted): Promise<string> {
  return new Promise((resolve) => {
    request({ host: '127.0.0.1', port, path: '/r3', headers: { host }, agent }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
      .on('error', () => resolve(''))
      .end()
  })
}

process.on('message', async (wanted: Wanted) => {
  while ((await ask(wanted)) !== wanted.body) await new Promise((resolve) => setTimeout(resolve, 1))
  // The clock of all processes of a machine.
  process.send?.(String(process.hrtime.bigint()))
})
process.on('disconnect', () => process.exit())
