// nginx as Debian has it, and the newest as a Python wheel: one worker, connections kept to both sides.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Peer } from '../peer.ts'
import { SERVER_CORE, start } from '../pinned.ts'
import { NAMES, type Topology } from '../topology.ts'
import { versionOf } from '../version.ts'

const head = (folder: string, name: string): string => `
worker_processes 1; daemon off; error_log stderr error; pid ${join(folder, `${name}.pid`)}; ${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((one) => `${one}_temp_path ${join(folder, `${name}-${one}`)};`).join(' ')}
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Request-Id $request_id;
`

const upstream = (name: string, port: number): string =>
  `upstream ${name} { server 127.0.0.1:${port}; keepalive 256; keepalive_requests 100000000; keepalive_timeout 600s; }`

const edge = ({
  folder,
  plain,
  tls,
  edge: door,
  inner,
  backend,
  pem,
}: Topology): string => `${head(folder, 'edge')}
  ${upstream('app', backend)} ${upstream('second', inner)}
  ssl_certificate ${pem.edgeCertificate}; ssl_certificate_key ${pem.edgeKey}; ssl_protocols TLSv1.3; ssl_session_cache shared:s:10m;
  server { listen 127.0.0.1:${plain}; location / { proxy_pass http://app; } }
  server { listen 127.0.0.1:${tls} ssl http2; location / { proxy_pass http://app; } }
  server {
    listen 127.0.0.1:${door} ssl;
    location / {
      proxy_pass https://second; proxy_ssl_server_name on; proxy_ssl_name ${NAMES.inner}; proxy_ssl_protocols TLSv1.3;
      proxy_ssl_verify on; proxy_ssl_trusted_certificate ${pem.ca}; proxy_ssl_certificate ${pem.edgeCertificate}; proxy_ssl_certificate_key ${pem.edgeKey};
    }
  }
}`

const inner = ({ folder, inner: door, backend, pem }: Topology): string => `${head(folder, 'inner')}
  ${upstream('app', backend)}
  server {
    listen 127.0.0.1:${door} ssl; ssl_certificate ${pem.innerCertificate}; ssl_certificate_key ${pem.innerKey}; ssl_protocols TLSv1.3;
    ssl_client_certificate ${pem.ca}; ssl_verify_client on;
    location / { proxy_pass http://app; }
  }
}`

/** nginx by the path of its program. */
export const nginx = (name: string, program: string, from: string): Peer => ({
  name,
  version: versionOf(program, ['-v'], /nginx\/(\S+)/),
  from,
  start: async (topology) => {
    const file = (one: string): string => join(topology.folder, `${one}.conf`)
    await writeFile(file('edge'), edge(topology))
    await writeFile(file('inner'), inner(topology))
    return ['inner', 'edge'].map((one) =>
      start(SERVER_CORE, program, ['-p', topology.folder, '-c', file(one)]),
    )
  },
})
