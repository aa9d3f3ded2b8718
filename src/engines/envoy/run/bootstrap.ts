// The bootstrap of an Envoy that takes everything else from our control plane by delta ADS.
import type { Proxy } from '../../../ir/proxy.ts'
import { CONTROL_PLANE } from '../lower/counting.ts'
import { any, compact, type Message } from '../lower/proto.ts'
import type { PemIdentity } from '../options.ts'

export interface BootstrapOptions {
  readonly ads: { readonly host: string; readonly port: number }
  readonly admin: { readonly host: string; readonly port: number }
  /** The folder of the identity with which the Envoy speaks to the control plane; absent: plaintext (tests). */
  readonly identity?: string
}

const SECRET = 'envoy.extensions.transport_sockets.tls.v3.Secret'

/** What stands in the files of an identity, by their names without `.json`: a service.discovery.v3.DiscoveryResponse with one secret each. */
export function identityFiles(
  identity: PemIdentity & { readonly server: string },
): Readonly<Record<IdentityFile, Message>> {
  const text = (inline_string: string) => ({ inline_string })
  const file = (name: IdentityFile, content: Message) => ({ resources: [any(SECRET, { name, ...content })] })
  return {
    identity: file('identity', {
      tls_certificate: {
        certificate_chain: text(identity.certificate),
        private_key: text(identity.key),
      },
    }),
    trust: file('trust', {
      validation_context: {
        trusted_ca: text(identity.trust),
        match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: identity.server } }],
      },
    }),
  }
}

type IdentityFile = 'identity' | 'trust'

/** config.bootstrap.v3.Bootstrap as JSON; `node.id` is the proxy's id. */
export function bootstrap(
  proxy: Pick<Proxy, 'id' | 'workload'>,
  { ads, admin, identity }: BootstrapOptions,
): Message {
  const fromFile = (name: IdentityFile) => ({
    name,
    sds_config: { path_config_source: { path: `${identity}/${name}.json` }, resource_api_version: 'V3' },
  })
  const tls =
    identity &&
    any('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
      common_tls_context: {
        tls_certificate_sds_secret_configs: [fromFile('identity')],
        validation_context_sds_secret_config: fromFile('trust'),
      },
    })
  return {
    node: { id: proxy.id, cluster: `${proxy.workload.namespace}/${proxy.workload.name}` },
    dynamic_resources: {
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: CONTROL_PLANE } }],
      },
      cds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
      lds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
    },
    static_resources: {
      clusters: [
        compact({
          name: CONTROL_PLANE,
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
            cluster_name: CONTROL_PLANE,
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
