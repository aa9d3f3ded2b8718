// The kubeconfig of a cluster: its address, its CA, and the administrator's client certificate.

export interface KubeconfigFacts {
  readonly name: string
  /** `https://127.X.0.1:6443`. */
  readonly server: string
  /** PEM. */
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

/** YAML text that kubectl and every client library reads. */
export function kubeconfig({ name, server, authority, certificate, key }: KubeconfigFacts): string {
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64')
  return `apiVersion: v1
kind: Config
clusters:
- name: ${name}
  cluster:
    server: ${server}
    certificate-authority-data: ${base64(authority)}
users:
- name: ${name}-admin
  user:
    client-certificate-data: ${base64(certificate)}
    client-key-data: ${base64(key)}
contexts:
- name: ${name}
  context:
    cluster: ${name}
    user: ${name}-admin
    namespace: default
current-context: ${name}
`
}
