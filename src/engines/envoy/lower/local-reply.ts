// What an Envoy answers by itself: nginx's pages and codes at the ALB, and the reason of every answer in x-sallyport-reason.
import type { HttpManager } from '../../../ir/listener.ts'
import { albPage } from './alb-page.ts'
import type { Message } from './proto.ts'

export const REASON_HEADER = 'x-sallyport-reason'

/** Does not replace the reason code that a route has written. */
const reason = (value: string): Message => ({
  headers_to_add: [{ header: { key: REASON_HEADER, value }, append_action: 'ADD_IF_ABSENT' }],
})
const flagged = reason('%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%')
const plain = reason('%RESPONSE_CODE_DETAILS%')

const flags = (...names: readonly string[]): Message => ({ response_flag_filter: { flags: names } })
const status = (code: number): Message => ({
  status_code_filter: { comparison: { op: 'EQ', value: { default_value: code, runtime_key: 'none' } } },
})
const always: Message = {
  status_code_filter: { comparison: { op: 'GE', value: { default_value: 100, runtime_key: 'none' } } },
}

const page = (filter: Message, code: number, headers: Message): Message => ({
  filter,
  status_code: code,
  body: { inline_string: albPage(code) },
  body_format_override: {
    text_format_source: { inline_string: '%LOCAL_REPLY_BODY%' },
    content_type: 'text/html',
  },
  ...headers,
})

/** nginx says 504 of a slow upstream, 502 of every other failure of one. What has a flag of its own is a page, too; what routes answer has none and stays. */
const albPages = (headers: Message): readonly Message[] => [
  page(flags('UT'), 504, headers),
  page(flags('UF', 'UC', 'UR', 'UPE', 'URX', 'LR'), 502, headers),
  page({ and_filter: { filters: [flags('SI'), status(504)] } }, 504, headers),
  ...[301, 302, 303, 307, 308, 400, 413].map((code) => page(status(code), code, {})),
  ...[400, 403, 404, 408, 429, 503].map((code) =>
    page({ and_filter: { filters: [flags(), status(code)] } }, code, headers),
  ),
]

/** HttpConnectionManager.local_reply_config, or undefined where Envoy's own answers stand. */
export function localReplies({ profile, reasonHeader }: HttpManager): Message | undefined {
  const mappers = [
    ...(profile === 'alb' ? albPages(reasonHeader ? flagged : {}) : []),
    ...(reasonHeader
      ? [
          { filter: flags(), ...flagged },
          { filter: always, ...plain },
        ]
      : []),
  ]
  return mappers.length > 0 ? { mappers } : undefined
}
