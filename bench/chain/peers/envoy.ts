// Envoy, one worker, configured by hand: what the product's own renderings cost is another question (docs/engines.md).
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Peer } from '../peer.ts'
import { SERVER_CORE, start } from '../pinned.ts'
import { NAMES, type Topology } from '../topology.ts'
import { versionOf } from '../version.ts'

const TYPE = 'type.googleapis.com/envoy.extensions'
const TLS13 = { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' }
const address = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } })
const file = (filename: string): object => ({ filename })

const listener = (name: string, port: number, cluster: string, tls?: object): object => ({
  name,
  address: address(port),
  filter_chains: [
    {
      filters: [
        {
          name: 'http',
          typed_config: {
            '@type': `${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
            stat_prefix: name,
            use_remote_address: true,
            route_config: {
              virtual_hosts: [
                { name, domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster } }] },
              ],
            },
            http_filters: [
              { name: 'router', typed_config: { '@type': `${TYPE}.filters.http.router.v3.Router` } },
            ],
          },
        },
      ],
      ...(tls === undefined
        ? {}
        : {
            transport_socket: {
              name: 'tls',
              typed_config: {
                '@type': `${TYPE}.transport_sockets.tls.v3.DownstreamTlsContext`,
                ...tls,
              },
            },
          }),
    },
  ],
})

const cluster = (name: string, port: number, tls?: object): object => ({
  name,
  type: 'STATIC',
  connect_timeout: '5s',
  circuit_breakers: {
    thresholds: [{ max_connections: 20_000, max_pending_requests: 20_000, max_requests: 20_000 }],
  },
  load_assignment: {
    cluster_name: name,
    endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }],
  },
  ...(tls === undefined
    ? {}
    : {
        transport_socket: {
          name: 'tls',
          typed_config: { '@type': `${TYPE}.transport_sockets.tls.v3.UpstreamTlsContext`, ...tls },
        },
      }),
})

const pair = (certificate: string, key: string): object => ({
  certificate_chain: file(certificate),
  private_key: file(key),
})

function edge({ plain, tls, edge: door, inner, backend, pem }: Topology): object {
  const served = (alpn: readonly string[]): object => ({
    common_tls_context: {
      tls_params: TLS13,
      alpn_protocols: alpn,
      tls_certificates: [pair(pem.edgeCertificate, pem.edgeKey)],
    },
  })
  return {
    static_resources: {
      listeners: [
        listener('plain', plain, 'app'),
        listener('tls', tls, 'app', served(['h2', 'http/1.1'])),
        listener('edge', door, 'second', served(['http/1.1'])),
      ],
      clusters: [
        cluster('app', backend),
        cluster('second', inner, {
          sni: NAMES.inner,
          common_tls_context: {
            tls_params: TLS13,
            tls_certificates: [pair(pem.edgeCertificate, pem.edgeKey)],
            validation_context: {
              trusted_ca: file(pem.ca),
              match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: NAMES.inner } }],
            },
          },
        }),
      ],
    },
  }
}

const inner = ({ inner: door, backend, pem }: Topology): object => ({
  static_resources: {
    listeners: [
      listener('inner', door, 'app', {
        require_client_certificate: true,
        common_tls_context: {
          tls_params: TLS13,
          tls_certificates: [pair(pem.innerCertificate, pem.innerKey)],
          validation_context: { trusted_ca: file(pem.ca) },
        },
      }),
    ],
    clusters: [cluster('app', backend)],
  },
})

/** Envoy by the path of its program. */
export const envoy = (program: string | undefined): Peer => ({
  name: 'Envoy',
  version:
    program === undefined ? undefined : versionOf(program, ['--version'], /version: \w+\/(\d+\.\d+\.\d+)/),
  from: 'npm run envoy:install',
  start: async (topology) => {
    const run = async (name: string, config: object) => {
      const path = join(topology.folder, `${name}.json`)
      await writeFile(path, JSON.stringify(config))
      return start(SERVER_CORE, program ?? 'envoy', [
        '-c',
        path,
        '--concurrency',
        '1',
        '--disable-hot-restart',
        '-l',
        'error',
      ])
    }
    return [await run('inner', inner(topology)), await run('edge', edge(topology))]
  },
})
