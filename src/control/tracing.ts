// Answers `sallyport trace` over a model: from text (URL, PEM, a pod's name) to the pure walk and back.
import type { Trace, TraceRequest } from '../explain/hop.ts'
import { surroundings } from '../explain/surroundings.ts'
import { trace } from '../explain/trace.ts'
import type { CertificateFacts } from '../ir/certificate.ts'
import type { Model } from '../ir/proxy.ts'
import { inspectPem } from '../pki/inspect.ts'
import { POD } from '../resources/kinds.ts'
import type { KubeObject } from '../resources/object.ts'
import { TLS_MODE_LABEL } from '../resources/pod.ts'
import { getOf, type Snapshot } from '../resources/snapshot.ts'
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
  /** `internet`, or `pod/<namespace>/<name>`. */
  readonly from: string
}

export interface TraceAnswer {
  readonly trace: Trace
  /** The address that the request is sent to first, when its name resolves. */
  readonly address?: string
  readonly now: number
}

/** The pod's port on which its sidecar takes outbound requests. */
const OUTBOUND_PORT = 15001

/** Traces the question. Throws UserError for a URL, certificate or pod that cannot be read. */
export function answerTrace(
  question: TraceQuestion,
  model: Model,
  snapshot: Snapshot,
  resolve?: (name: string) => string | undefined,
): TraceAnswer {
  const url = parseUrl(question.url)
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  const context = surroundings(model, snapshot, resolve)
  const source = sourceOf(question.from, snapshot)
  const via =
    scheme === 'http' && source.injected ? { via: { address: source.address, port: OUTBOUND_PORT } } : {}
  const request: TraceRequest = {
    method: question.method,
    scheme,
    host: url.hostname,
    port: url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port),
    target: `${url.pathname}${url.search}`,
    headers: new Map(question.headers.map(([name, value]) => [name.toLowerCase(), value])),
    clientChain: certificatesOf(question.certificate, '--cert'),
    trust: question.anchors === undefined ? 'any' : certificatesOf(question.anchors, '--cacert'),
    sourceIp: source.address,
    ...(question.sni === undefined ? {} : { sni: question.sni }),
    ...via,
  }
  const address = context.resolve(request.host)
  return { trace: trace(request, context), now: snapshot.time, ...(address === undefined ? {} : { address }) }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new UserError(`${text} is no http or https URL`, 'Write it whole: https://host/path')
}

function certificatesOf(pem: string | undefined, option: string): readonly CertificateFacts[] {
  if (pem === undefined) return []
  const { content } = inspectPem(Buffer.from(pem))
  if (content.kind === 'certificates') return content.certificates
  throw new UserError(`the file after ${option} holds no certificate`, 'Give a PEM file with certificates.')
}

interface Source {
  readonly address: string
  readonly injected: boolean
}

function sourceOf(from: string, snapshot: Snapshot): Source {
  if (from === 'internet') return { address: '127.0.0.1', injected: false }
  const [, namespace = '', name = ''] = /^pod\/(?:([^/]+)\/)?([^/]+)$/.exec(from) ?? []
  const pod = getOf<KubeObject & { status?: { podIP?: string } }>(
    snapshot,
    POD,
    name,
    namespace || 'default',
  )?.object
  if (!pod)
    throw new UserError(`there is no ${from}`, 'Write --from internet, or --from pod/<namespace>/<name>.')
  return {
    address: pod.status?.podIP ?? '127.0.0.1',
    injected: pod.metadata.labels?.[TLS_MODE_LABEL] === 'istio',
  }
}
