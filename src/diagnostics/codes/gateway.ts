// SP04xx: Istio Gateway servers, hosts and chains.
import type { CodeEntry } from '../code-entry.ts'

export const gatewayCodes = {
  SP0401: {
    severity: 'error',
    title: 'Two Gateway servers claim the same host',
    explanation: 'The older Gateway keeps the host on this port. The later server is left out as a whole.',
    fix: 'Give each host to one server per port.',
    istio: ['IST0145'],
  },
  SP0402: {
    severity: 'error',
    title: 'The server cannot share its port',
    explanation:
      'Another server listens on this port and address with a protocol that cannot be told apart from this one. The later server is left out.',
    fix: 'Give the server a port of its own or the protocol of the other.',
    istio: ['IST0145'],
  },
  SP0403: {
    severity: 'warning',
    title: 'The Gateway selects no workload',
    explanation: 'No running gateway pod has the labels of the selector, so nothing acts on this Gateway.',
    fix: 'Correct the selector, or start a gateway with these labels.',
    istio: ['IST0101'],
  },
  SP0404: {
    severity: 'error',
    title: 'The credential cannot be used',
    explanation:
      'The credentialName names a source or a namespace that a gateway may not read. The chain refuses its handshakes.',
    fix: 'Name a secret in the namespace of the gateway pods.',
    istio: ['IST0101', 'IST0161'],
  },
  SP0405: {
    severity: 'error',
    title: 'The TLS settings cannot be carried out',
    explanation:
      'The settings contradict each other or need something that is not supported. The chain refuses its handshakes.',
    fix: 'Change the tls settings of the server as the message says.',
  },
  SP0406: {
    severity: 'warning',
    title: 'The port is not on the Service of the gateway',
    explanation:
      'No Service in front of the gateway has this port, so it can be reached at the addresses of the pods only.',
    fix: 'Add the port to the Service of the gateway.',
    istio: ['IST0162'],
  },
  SP0407: {
    severity: 'warning',
    title: 'TLS is not terminated',
    explanation:
      'The server has a credential but no mode. Istio reads a missing mode as PASSTHROUGH: the credential is not used and the connection goes through encrypted.',
    fix: 'Set tls.mode to SIMPLE or MUTUAL.',
  },
  SP0408: {
    severity: 'error',
    title: 'The server has no TLS settings',
    explanation:
      'The protocol says TLS but there is no tls block. Nothing is terminated and the HTTP routes of its hosts are never used.',
    fix: 'Add tls with mode SIMPLE or MUTUAL and a credentialName.',
  },
  SP0409: {
    severity: 'warning',
    title: 'Servers share a certificate: HTTP/2 connections end in 404',
    explanation:
      'A browser reuses an HTTP/2 connection for another host that the certificate covers. Each server has hosts of its own, so the other host is answered 404 on that connection.',
    fix: 'Put the hosts into one server, or give each server its own certificate.',
    istio: ['IST0138'],
  },
  SP0410: {
    severity: 'warning',
    title: 'The redirect never ends',
    explanation:
      'The load balancer ends TLS and speaks plain HTTP to a server that redirects plain HTTP to https. The client comes back the same way and is redirected again.',
    fix: 'Remove httpsRedirect here and redirect at the load balancer, or speak TLS to the gateway (ssl-services).',
  },
} satisfies Record<string, CodeEntry>
