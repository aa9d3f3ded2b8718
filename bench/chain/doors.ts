// Starts the program behind and the peers, each with doors of its own in a folder of its own.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OpenCase } from '../../cases/support/open-case.ts'
import { freePort } from '../../test/engine/testing/model.ts'
import { startBackend } from './backend.ts'
import type { Peer } from './peer.ts'
import { type Child, stop, whenOpen } from './pinned.ts'
import type { Running } from './scenario.ts'
import { NAMES } from './topology.ts'

const MATERIAL = {
  ca: 'public.ca',
  edgeCertificate: 'edge.crt',
  edgeKey: 'edge.key',
  innerCertificate: 'inner.crt',
  innerKey: 'inner.key',
} as const

export interface Doors {
  open(peer: Peer): Promise<Running>
  close(running: Running): Promise<void>
  /** Ends everything that was started, and leaves no file. */
  end(): Promise<void>
}

/** Fulfils when both hops answer: a port may be open before its routes are in force. */
async function whenServing(port: number, name: string): Promise<void> {
  for (const until = performance.now() + 20_000; ; ) {
    const status = await new Promise<number | string | undefined>((resolve) => {
      const options = { host: '127.0.0.1', port, servername: name, headers: { host: name } }
      get({ ...options, rejectUnauthorized: false, agent: false }, (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode))
      }).on('error', ({ message }) => resolve(message))
    })
    if (status === 200) return
    if (performance.now() > until) throw new Error(`port ${port} answers with ${status}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Files for the certificates of the case, and nginx as the program behind. */
export async function openDoors({ material }: OpenCase): Promise<Doors> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-chain-'))
  const started = new Set<Child>()
  const file = (name: keyof typeof MATERIAL): string => join(folder, `${MATERIAL[name]}.pem`)
  const pem = {
    ca: file('ca'),
    edgeCertificate: file('edgeCertificate'),
    edgeKey: file('edgeKey'),
    innerCertificate: file('innerCertificate'),
    innerKey: file('innerKey'),
  }
  for (const [name, path] of Object.entries(pem))
    await writeFile(path, material.get(MATERIAL[name as keyof typeof pem]) ?? '', { mode: 0o600 })
  const backend = await freePort()
  let opened = 0
  const program = await startBackend('nginx', folder, backend)
  started.add(program)
  await whenOpen(backend, [program])
  return {
    open: async (peer) => {
      const place = join(folder, String(opened++))
      await mkdir(place)
      const [plain, tls, edge, inner] = [
        await freePort(),
        await freePort(),
        await freePort(),
        await freePort(),
      ] as const
      const topology = { folder: place, plain, tls, edge, inner, backend, pem }
      const children = await peer.start(topology)
      for (const child of children) started.add(child)
      for (const port of [plain, tls, edge, inner]) await whenOpen(port, children)
      await whenServing(edge, NAMES.two)
      return { topology, children, http2: topology[peer.http2Door ?? 'tls'], amounts: new Map() }
    },
    close: async ({ children }) => {
      await stop(children)
      for (const child of children) started.delete(child)
    },
    end: async () => {
      await stop([...started])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
