// SP10xx: what one hop asks of the next and does not get.
import type { CodeEntry } from '../code-entry.ts'

export const hopCodes = {
  SP1001: {
    severity: 'error',
    title: 'The upstream certificate is not trusted',
    explanation:
      'The next hop shows a certificate that does not lead to any of the trust anchors configured for it, or that is out of date on the way. The handshake fails and the request is answered 502 or 503.',
    fix: 'Put the CA of that certificate into the trust bundle named in the message.',
  },
  SP1002: {
    severity: 'error',
    title: 'The upstream certificate has another name',
    explanation:
      'The name that is checked is not in the certificate of the next hop. The handshake fails and the request is answered 502 or 503.',
    fix: 'Check a name that is in the certificate, for example with proxy-ssl-name.',
  },
  SP1003: {
    severity: 'error',
    title: 'The next hop wants a client certificate and gets none',
    explanation:
      'The server is in mutual mode, but the client side has no certificate configured. The handshake fails.',
    fix: 'Add client.crt and client.key to the ssl-secret, or use mode SIMPLE.',
  },
  SP1004: {
    severity: 'error',
    title: 'The next hop does not trust the client certificate',
    explanation: 'The client certificate does not lead to any CA that the server accepts.',
    fix: 'Put the CA of the client certificate into the client CA secret of the server.',
  },
  SP1006: {
    severity: 'error',
    title: 'The client certificate is not one of those pinned',
    explanation:
      'The server lists names, hashes or keys of the clients it accepts, and the client certificate has none of them.',
    fix: 'Add a name of the certificate to subjectAltNames, or present the certificate that is meant.',
  },
  SP1007: {
    severity: 'error',
    title: 'No server of the gateway takes this name',
    explanation:
      'The name sent in the handshake (SNI) is among the hosts of no TLS server at that port, or none is sent. The gateway closes the connection.',
    fix: 'Set proxy-ssl-name to one of the hosts of the server, or add the name to its hosts.',
  },
  SP1008: {
    severity: 'error',
    title: 'Plain HTTP is sent to a TLS port',
    explanation:
      'The next hop speaks TLS at this port, but nothing asks for TLS on this side. The connection is refused.',
    fix: 'List the service in ssl-services, or use a plain port.',
  },
  SP1009: {
    severity: 'error',
    title: 'Pods that require mutual TLS are reached in plaintext',
    explanation:
      'The pods accept mesh mutual TLS only (STRICT), and this client is not in the mesh or has it turned off. The connection is reset.',
    fix: 'Go through the gateway, or relax the mode for this port with a PeerAuthentication.',
  },
  SP1011: {
    severity: 'error',
    title: 'The host is on another server than the name of the handshake',
    explanation:
      'The handshake selects a server, and only its hosts exist on that connection. The host of the request is not one of them, so the answer is 404.',
    fix: 'List the host in the same server as the name of the handshake, and in the VirtualService.',
  },
  SP1012: {
    severity: 'error',
    title: 'TLS is sent to a plain port',
    explanation: 'The next hop speaks plain HTTP at this port, but this side asks for TLS.',
    fix: 'Use the TLS port, or remove the entry from ssl-services.',
  },
} satisfies Record<string, CodeEntry>
