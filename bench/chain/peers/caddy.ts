// Caddy: a Go program, so one processor by its affinity.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Peer } from '../peer.ts'
import { SERVER_CORE, start } from '../pinned.ts'
import { NAMES, type Topology } from '../topology.ts'
import { versionOf } from '../version.ts'

const head = `{
  admin off
  auto_https off
  log {
    level ERROR
  }
}
`

const edge = ({ plain, tls, edge: door, inner, backend, pem }: Topology): string => `${head}
http://:${plain} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${backend}
}
https://${NAMES.one}:${tls} {
  bind 127.0.0.1
  tls ${pem.edgeCertificate} ${pem.edgeKey}
  reverse_proxy 127.0.0.1:${backend}
}
https://${NAMES.two}:${door} {
  bind 127.0.0.1
  tls ${pem.edgeCertificate} ${pem.edgeKey}
  reverse_proxy https://127.0.0.1:${inner} {
    transport http {
      versions 1.1
      tls_server_name ${NAMES.inner}
      tls_trusted_ca_certs ${pem.ca}
      tls_client_auth ${pem.edgeCertificate} ${pem.edgeKey}
      keepalive_idle_conns_per_host 256
    }
  }
}
`

/** Caddy refuses a Host that is not the SNI on a door with client certificates; that check is off as nothing else here does it. */
const inner = ({ inner: door, backend, pem }: Topology): string =>
  `${head.replace('auto_https off', 'auto_https off\n  servers {\n    strict_sni_host insecure_off\n  }')}
https://:${door} {
  bind 127.0.0.1
  tls ${pem.innerCertificate} ${pem.innerKey} {
    client_auth {
      mode require_and_verify
      trusted_ca_cert_file ${pem.ca}
    }
  }
  reverse_proxy 127.0.0.1:${backend}
}
`

export const caddy: Peer = {
  name: 'Caddy',
  version: versionOf('caddy', ['version'], /v?(\d+\.\d+\.\d+)/),
  from: 'Debian package caddy',
  start: async (topology) => {
    const file = (one: string): string => join(topology.folder, `${one}.caddyfile`)
    await writeFile(file('edge'), edge(topology))
    await writeFile(file('inner'), inner(topology))
    return ['inner', 'edge'].map((one) =>
      start(SERVER_CORE, 'caddy', ['run', '--adapter', 'caddyfile', '--config', file(one)], {
        HOME: topology.folder,
        XDG_DATA_HOME: topology.folder,
        XDG_CONFIG_HOME: topology.folder,
      }),
    )
  },
}
