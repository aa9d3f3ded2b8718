// mutual-auth: clients of the ALB must show a certificate at a port.
import { annotation } from '../annotation.ts'
import { readEntries } from '../entries.ts'
import { integer, list, word } from '../values.ts'

export const mutualAuth = annotation({
  name: 'mutual-auth',
  syntax: 'port=<port> secretName=<secret> [serviceName=<services>][;…]',
  doc: 'At this port clients of the hosts with TLS must show a certificate that leads, over at most five intermediates, to the CA in the secret (ca.crt, else tls.crt); all paths of the host are served there. Other ports stay as they are: only port 443 closes the ordinary HTTPS port. A client without a good certificate is refused in the handshake. A value that cannot be read closes the hosts of the Ingress with 503.',
  read: (text) => {
    const { entries, faults } = readEntries(text, {
      mandatory: { port: integer, secretName: word },
      optional: { serviceName: list },
    })
    const [fault] = faults
    if (fault !== undefined) return { ingress: { rejected: fault.message }, faults }
    return {
      ingress: { mutualAuth: entries.map(({ port, secretName }) => ({ port, secret: secretName })) },
      faults,
    }
  },
})
