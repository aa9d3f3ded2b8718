// nginx variables in header values, as commands of Envoy's format that the model uses.

const VARIABLES: Readonly<Record<string, string>> = {
  host: '%REQ(:authority)%',
  http_host: '%REQ(:authority)%',
  scheme: '%REQ(:scheme)%',
  request_uri: '%REQ(:path)%',
  request_method: '%REQ(:method)%',
  remote_addr: '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%',
  remote_port: '%DOWNSTREAM_REMOTE_PORT%',
  server_port: '%DOWNSTREAM_LOCAL_PORT%',
  server_addr: '%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%',
  request_id: '%STREAM_ID%',
  ssl_protocol: '%DOWNSTREAM_TLS_VERSION%',
  ssl_cipher: '%DOWNSTREAM_TLS_CIPHER%',
  ssl_server_name: '%REQUESTED_SERVER_NAME%',
  ssl_client_escaped_cert: '%DOWNSTREAM_PEER_CERT%',
  ssl_client_s_dn: '%DOWNSTREAM_PEER_SUBJECT%',
  ssl_client_i_dn: '%DOWNSTREAM_PEER_ISSUER%',
  ssl_client_serial: '%DOWNSTREAM_PEER_SERIAL%',
}

/** The value with its variables translated, or the name of one that is not known. */
export function translateVariables(value: string): { readonly value: string } | { readonly unknown: string } {
  let unknown: string | undefined
  const translated = value.replaceAll('%', '%%').replaceAll(/\$\{?([a-z_0-9]+)\}?/g, (_, name: string) => {
    const header = /^http_(.+)$/.exec(name)?.[1]
    const known =
      VARIABLES[name] ?? (header === undefined ? undefined : `%REQ(${header.replaceAll('_', '-')})%`)
    if (known === undefined) unknown = name
    return known ?? ''
  })
  return unknown === undefined ? { value: translated } : { unknown }
}
