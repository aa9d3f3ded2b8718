// HAProxy: one thread, connections shared between clients.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Peer } from '../peer.ts'
import { SERVER_CORE, start } from '../pinned.ts'
import { NAMES, type Topology } from '../topology.ts'
import { versionOf } from '../version.ts'

const head = `
global
  nbthread 1
  maxconn 8000
  ssl-default-bind-options ssl-min-ver TLSv1.3
defaults
  mode http
  option forwardfor
  http-reuse always
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  timeout http-keep-alive 600s
`

const app = (port: number): string => `
backend app
  server app 127.0.0.1:${port}
`

const edge = ({ folder, plain, tls, edge: door, inner, backend, pem }: Topology): string => `${head}
frontend plain
  bind 127.0.0.1:${plain}
  default_backend app
frontend tls
  bind 127.0.0.1:${tls} ssl crt ${join(folder, 'edge.pem')} alpn h2,http/1.1
  default_backend app
frontend edge
  bind 127.0.0.1:${door} ssl crt ${join(folder, 'edge.pem')} alpn http/1.1
  default_backend second
backend second
  server second 127.0.0.1:${inner} ssl verify required ca-file ${pem.ca} crt ${join(folder, 'edge.pem')} sni str(${NAMES.inner}) verifyhost ${NAMES.inner}
${app(backend)}`

const inner = ({ folder, inner: door, backend, pem }: Topology): string => `${head}
frontend inner
  bind 127.0.0.1:${door} ssl crt ${join(folder, 'inner.pem')} ca-file ${pem.ca} verify required
  default_backend app
${app(backend)}`

export const haproxy: Peer = {
  name: 'HAProxy',
  version: versionOf('haproxy', ['-v'], /version (\d+\.\d+\.\d+)/),
  from: 'Debian package haproxy',
  start: async (topology) => {
    const { folder, pem } = topology
    const joined = async (name: string, files: readonly string[]): Promise<void> =>
      writeFile(join(folder, name), (await Promise.all(files.map((file) => readFile(file)))).join(''), {
        mode: 0o600,
      })
    await joined('edge.pem', [pem.edgeCertificate, pem.edgeKey])
    await joined('inner.pem', [pem.innerCertificate, pem.innerKey])
    await writeFile(join(folder, 'edge.cfg'), edge(topology))
    await writeFile(join(folder, 'inner.cfg'), inner(topology))
    return ['inner', 'edge'].map((one) =>
      start(SERVER_CORE, 'haproxy', ['-db', '-f', join(folder, `${one}.cfg`)]),
    )
  },
}
