// Headers and answers of the IKS ALB, which is nginx (IBM-Cloud/iks-ingress-controller templates).

import { STATUS_CODES } from 'node:http'
import { hostName } from '../../../lower/route-table.ts'
import { applyClientCertRule } from '../headers/client-cert-header.ts'
import { bit, Known } from '../headers/known-headers.ts'
import { hexId } from '../headers/request-id.ts'
import { serverHeader } from '../headers/server-header.ts'
import type { Profile } from './profile.ts'

const TRANSACTION_ID = 'x-global-k8fdic-transaction-id'
/** Expect is answered here; what a client says of an earlier proxy hop is replaced below. */
const REPLACED =
  bit(Known.expect) |
  bit(Known.realIp) |
  bit(Known.forwardedHost) |
  bit(Known.forwardedPort) |
  bit(Known.forwardedProto) |
  bit(Known.transactionId) |
  bit(Known.sallyportReason)

export const albProfile: Profile = {
  http10: true,
  answersContinue: true,
  passesInterim: false,

  receive(context, manager) {
    context.requestId = hexId()
    applyClientCertRule(context.head.headers, manager.forwardClientCert, context.connection)
  },

  forward(context) {
    if (context.attempts > 1) return
    const { headers } = context.head
    const { connection } = context
    const before = headers.known(Known.forwardedFor)
    const host = hostName(context.head.authority)
    headers.removeKnown(REPLACED)
    if (!headers.has(Known.host)) headers.addKnown(Known.host, 'host', host)
    headers.addKnown(Known.realIp, 'x-real-ip', connection.remoteAddress)
    headers.setKnown(
      Known.forwardedFor,
      'x-forwarded-for',
      before === undefined ? connection.remoteAddress : `${before}, ${connection.remoteAddress}`,
    )
    headers.addKnown(Known.forwardedHost, 'x-forwarded-host', host)
    headers.addKnown(Known.forwardedPort, 'x-forwarded-port', String(connection.localPort))
    headers.addKnown(Known.forwardedProto, 'x-forwarded-proto', context.scheme)
    headers.addKnown(Known.transactionId, TRANSACTION_ID, context.requestId)
  },

  respond(_context, headers, manager) {
    serverHeader(headers, manager)
    headers.removeKnown(bit(Known.transactionId))
  },

  page(status) {
    if (status < 300) return { contentType: 'text/html', body: '' }
    const title = `${status} ${PAGE_TITLES[status] ?? STATUS_CODES[status] ?? ''}`.trim()
    return {
      contentType: 'text/html',
      body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`,
    }
  },

  upstreamStatus(flag) {
    if (flag === 'UT') return 504
    return flag === 'UO' ? 503 : 502
  },
}

/** nginx's titles where they differ from the registered reason phrases. */
const PAGE_TITLES: Readonly<Record<number, string>> = {
  302: 'Found',
  405: 'Not Allowed',
  408: 'Request Time-out',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Large',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
}
