// Answers `sallyport trace` over a model: from text (URL, PEM, a pod's name) to the pure walk and back.
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { verifySignature } from '../engines/node/run/http/filters/token-signature.ts'
import { withEdit } from '../explain/edits/with-edit.ts'
import type { Trace } from '../explain/hop.ts'
import { requestOf } from '../explain/request-of.ts'
import { surroundings } from '../explain/surroundings.ts'
import { trace } from '../explain/trace.ts'
import type { CertificateFacts } from '../ir/certificate.ts'
import type { Model } from '../ir/proxy.ts'
import { inspectPem } from '../pki/inspect.ts'
import type { Snapshot } from '../resources/snapshot.ts'
import { UserError } from './user-error.ts'

/** What the command asks, as JSON. */
export interface TraceQuestion {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** PEM chain that the client presents. */
  readonly certificate?: string
  /** PEM anchors that the client trusts; absent: the first certificate is not judged by its issuer. */
  readonly anchors?: string
  readonly sni?: string
  /** The first door took the client's certificate, which is not known: of a request in the logs. */
  readonly clientTaken?: true
  /** `internet`, or `pod/<namespace>/<name>`. */
  readonly from: string
}

/** What the question is answered from. */
interface Compiled {
  readonly model: Model
  readonly diagnostics: readonly Diagnostic[]
}

export interface TraceAnswer {
  readonly trace: Trace
  /** The address that the request is sent to first, when its name resolves. */
  readonly address?: string
  readonly now: number
}

/** Traces the question. Throws UserError for a URL, certificate or pod that cannot be read. */
export function answerTrace(
  question: TraceQuestion,
  { model, diagnostics }: Compiled,
  snapshot: Snapshot,
  resolve?: (name: string) => string | undefined,
): TraceAnswer {
  const context = { ...surroundings(model, snapshot, resolve), verifySignature }
  const request = requestOf(
    {
      ...question,
      clientChain: certificatesOf(question.certificate, '--cert'),
      trust: question.anchors === undefined ? 'any' : certificatesOf(question.anchors, '--cacert'),
    },
    snapshot,
  )
  if ('problem' in request) throw new UserError(request.problem, request.fix)
  const address = context.resolve(request.host)
  return {
    trace: withEdit(trace(request, context), snapshot, diagnostics),
    now: snapshot.time,
    ...(address === undefined ? {} : { address }),
  }
}

function certificatesOf(pem: string | undefined, option: string): readonly CertificateFacts[] {
  if (pem === undefined) return []
  const { content } = inspectPem(Buffer.from(pem))
  if (content.kind === 'certificates') return content.certificates
  throw new UserError(`the file after ${option} holds no certificate`, 'Give a PEM file with certificates.')
}
