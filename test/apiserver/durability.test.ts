// kill -9 at any moment loses no write that was acknowledged.
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildStandalone, type Standalone, startStandalone } from './standalone-server.ts'

const ROUNDS = 20
const WRITERS = 4
const PATH = '/api/v1/namespaces/default/configmaps'

let folder = ''
let program = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'durability-'))
  program = await buildStandalone('durability')
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  rmSync(dirname(program), { recursive: true, force: true })
})

interface Answer {
  readonly code: number
  readonly body: { readonly data?: { readonly n?: string }; readonly items?: readonly Item[] }
}
interface Item {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly data?: { readonly n?: string }
}

function call(
  server: Standalone,
  agent: Agent,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const bytes = body === undefined ? '' : JSON.stringify(body)
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes) }
    const sent = request(
      { host: '127.0.0.1', port: server.port, agent, method, path, headers },
      (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += String(chunk)
        })
        response.on('end', () => {
          if (!response.complete) reject(new Error('cut off'))
          else resolve({ code: response.statusCode ?? 0, body: JSON.parse(text) })
        })
        response.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.end(bytes)
  })
}

/** What may be found under a name: the last acknowledged value (undefined: deleted), or that of a write whose answer never came. */
interface Expected {
  acknowledged: string | undefined
  attempted?: { readonly value: string | undefined }
}

it(`keeps every acknowledged write through ${ROUNDS} kills`, async () => {
  const file = join(folder, 'state.db')
  const expected = new Map<string, Expected>()
  let counter = 0
  let acknowledgements = 0

  for (let round = 0; round <= ROUNDS; round++) {
    const server = await startStandalone(program, file)
    const agent = new Agent({ keepAlive: true, ca: server.ca, cert: server.cert, key: server.key })
    const { body } = await call(server, agent, 'GET', PATH)
    const found = new Map((body.items ?? []).map((item) => [item.metadata.name, item]))
    for (const [name, one] of expected) {
      const value = found.get(name)?.data?.n
      const possible = [one.acknowledged, ...(one.attempted ? [one.attempted.value] : [])]
      expect(possible, `${name} in round ${round}`).toContain(value)
      expected.set(name, { acknowledged: value })
    }
    if (round === ROUNDS) {
      agent.destroy()
      await server.end('SIGTERM')
      break
    }
    let killed = false
    const kill = async (): Promise<void> => {
      killed = true
      await server.end('SIGKILL')
    }
    const killAfter = acknowledgements + 5 + Math.floor(Math.random() * 60)
    let death: Promise<void> | undefined
    const writer = async (id: number): Promise<void> => {
      while (!killed) {
        const name = `w${id}-${counter++ % 7}`
        const known = expected.get(name) ?? { acknowledged: undefined }
        const value = String(counter)
        const removes = known.acknowledged !== undefined && counter % 5 === 0
        const next = removes ? undefined : value
        expected.set(name, { ...known, attempted: { value: next } })
        const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { n: value } }
        try {
          const answer = await (removes
            ? call(server, agent, 'DELETE', `${PATH}/${name}`)
            : known.acknowledged === undefined
              ? call(server, agent, 'POST', PATH, object)
              : call(server, agent, 'PUT', `${PATH}/${name}`, object))
          if (answer.code >= 300) throw new Error(`${answer.code} ${JSON.stringify(answer.body)}`)
        } catch (error) {
          if (killed) return
          throw error
        }
        expected.set(name, { acknowledged: next })
        acknowledgements++
        if (acknowledgements >= killAfter && !death) death = kill()
      }
    }
    await Promise.all(Array.from({ length: WRITERS }, (_, id) => writer(id)))
    await death
    agent.destroy()
  }
  expect(acknowledgements).toBeGreaterThan(ROUNDS * 5)
})
