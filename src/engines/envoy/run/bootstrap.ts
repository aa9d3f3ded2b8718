// The bootstrap of an Envoy that takes everything else from our control plane by delta ADS.
import type { Proxy } from '../../../ir/proxy.ts'
import { any, compact, type Message } from '../lower/proto.ts'

export interface BootstrapOptions {
  readonly ads: { readonly host: string; readonly port: number }
  readonly admin: { readonly host: string; readonly port: number }
  /** Files of the workload identity with which the Envoy speaks to the control plane; absent: plaintext (tests). */
  readonly identity?: {
    readonly certificate: string
    readonly key: string
    readonly trust: string
    readonly server: string
  }
}

/** config.bootstrap.v3.Bootstrap as JSON; `node.id` is the proxy's id. */
export function bootstrap(
  proxy: Pick<Proxy, 'id' | 'workload'>,
  { ads, admin, identity }: BootstrapOptions,
): Message {
  const file = (filename: string) => ({ filename })
  const tls =
    identity &&
    any('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
      common_tls_context: {
        tls_certificates: [
          { certificate_chain: file(identity.certificate), private_key: file(identity.key) },
        ],
        validation_context: {
          trusted_ca: file(identity.trust),
          match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: identity.server } }],
        },
      },
    })
  return {
    node: { id: proxy.id, cluster: `${proxy.workload.namespace}/${proxy.workload.name}` },
    dynamic_resources: {
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds' } }],
      },
      cds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
      lds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
    },
    static_resources: {
      clusters: [
        compact({
          name: 'xds',
          type: 'STATIC',
          connect_timeout: '1s',
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': any(
              'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              {
                explicit_http_config: {
                  http2_protocol_options: { connection_keepalive: { interval: '30s', timeout: '5s' } },
                },
              },
            ),
          },
          load_assignment: {
            cluster_name: 'xds',
            endpoints: [
              {
                lb_endpoints: [
                  { endpoint: { address: { socket_address: { address: ads.host, port_value: ads.port } } } },
                ],
              },
            ],
          },
          transport_socket: tls && { name: 'envoy.transport_sockets.tls', typed_config: tls },
        }),
      ],
    },
    admin: { address: { socket_address: { address: admin.host, port_value: admin.port } } },
  }
}
