// What of a RequestAuthentication cannot be enforced here. Such an object is refused at admission.
import type { RequestAuthentication } from '../../resources/request-authentication.ts'
import { isTargeted, TARGETED } from './policy-scope.ts'
import type { Refusal } from './unenforceable.ts'

/** Fields that say where a message ends or who it is for: no token may set them (RFC 9112 sections 6 and 9.6). */
const FRAMING = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** Whether a header may be written from a token: it is a field name, and not one that frames the message. */
export const isWritable = (header: string): boolean =>
  /^[-\w]+$/.test(header) && !FRAMING.includes(header.toLowerCase())

/** All reasons, each with its field; empty when the object can be enforced. */
export function unenforceableTokenRules({ spec }: RequestAuthentication): readonly Refusal[] {
  const unwritable = (header: string | undefined, field: string): readonly Refusal[] =>
    !header || isWritable(header)
      ? []
      : [
          {
            field,
            message: `The header ${JSON.stringify(header)} cannot be written from a token: it frames the message, or is no name of a header.`,
          },
        ]
  return [
    ...(isTargeted(spec) ? [TARGETED] : []),
    ...(spec?.jwtRules ?? []).flatMap((rule, index) => {
      const field = `spec.jwtRules[${index}]`
      return [
        ...unwritable(rule.outputPayloadToHeader, `${field}.outputPayloadToHeader`),
        ...(rule.outputClaimToHeaders ?? []).flatMap(({ header }, position) =>
          unwritable(header, `${field}.outputClaimToHeaders[${position}].header`),
        ),
      ]
    }),
  ]
}
