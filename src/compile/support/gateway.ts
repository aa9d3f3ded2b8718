// Gateway: what of it gateway workloads act on.
import type { Support } from './declaration.ts'

export const gatewaySupport: Support = {
  kind: 'Gateway.networking.istio.io',
  summary: 'Configures the gateway workloads that its selector matches, in any namespace.',
  fields: [
    'spec.selector.*',
    'spec.servers[].port.number',
    'spec.servers[].port.protocol',
    'spec.servers[].port.name',
    'spec.servers[].bind',
    'spec.servers[].hosts[]',
    'spec.servers[].name',
    'spec.servers[].tls.httpsRedirect',
    'spec.servers[].tls.mode',
    'spec.servers[].tls.credentialName',
    'spec.servers[].tls.credentialNames[]',
    'spec.servers[].tls.caCertCredentialName',
    'spec.servers[].tls.subjectAltNames[]',
    'spec.servers[].tls.verifyCertificateSpki[]',
    'spec.servers[].tls.verifyCertificateHash[]',
    'spec.servers[].tls.minProtocolVersion',
    'spec.servers[].tls.maxProtocolVersion',
    'spec.servers[].tls.cipherSuites[]',
    'spec.servers[].tls.insecureSkipVerify',
  ],
  notes: {
    'spec.servers[].tls.serverCertificate':
      'Files of the gateway are not read: handshakes are refused. Use credentialName.',
    'spec.servers[].tls.privateKey':
      'Files of the gateway are not read: handshakes are refused. Use credentialName.',
    'spec.servers[].tls.caCertificates':
      'Files of the gateway are not read: handshakes are refused. Use credentialName.',
    'spec.servers[].tls.caCrl':
      'Files of the gateway are not read. Put the list under the key crl of the -cacert secret.',
    'spec.servers[].tls.tlsCertificates':
      'Files of the gateway are not read: handshakes are refused. Use credentialNames.',
    'spec.servers[].port.targetPort':
      'It has no effect in Istio either: the Service of the gateway maps ports.',
    'spec.servers[].defaultEndpoint': 'It is not implemented in Istio either.',
  },
  differences: [
    'An expired, missing or mismatched certificate makes its chain refuse handshakes at once; other chains of the port keep working.',
    'AUTO_PASSTHROUGH is not supported: handshakes are refused.',
  ],
}
