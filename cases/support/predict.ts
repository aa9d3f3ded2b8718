// What a trace predicts for the requests of a case, held against what requests.yaml says that engines do.
import { createCompiler } from '../../src/compile/compile.ts'
import { verifySignature } from '../../src/engines/node/run/http/filters/token-signature.ts'
import { withEdit } from '../../src/explain/edits/with-edit.ts'
import type { Trace } from '../../src/explain/hop.ts'
import { type RequestProblem, requestOf } from '../../src/explain/request-of.ts'
import { surroundings } from '../../src/explain/surroundings.ts'
import { trace } from '../../src/explain/trace.ts'
import type { Model } from '../../src/ir/proxy.ts'
import { inspectPem } from '../../src/pki/inspect.ts'
import { type OpenCase, openCase } from './open-case.ts'
import type { CaseRequest } from './requests.ts'
import { addressOf, withTokens } from './run-requests.ts'
import type { CaseSettings } from './settings.ts'

export interface Tracer {
  readonly opened: OpenCase
  readonly model: Model
  readonly trace: (request: CaseRequest) => Trace
}

/** Traces requests of a case as of `now` (ms). */
export async function openTracer(folder: string, now: number): Promise<Tracer> {
  return tracerOf(await openCase(folder, now))
}

/** Traces requests of a case that was opened before. */
export function tracerOf(opened: OpenCase): Tracer {
  const { model, diagnostics } = createCompiler().compile(opened.snapshot)
  const context = { ...surroundings(model, opened.snapshot), verifySignature }
  return {
    opened,
    model,
    trace: (request) => {
      const asked = written(withTokens(request, opened.tokens), opened, model)
      const traced = withEdit(trace(asked, context), opened.snapshot, diagnostics)
      // A token is another each time: the text shows its name.
      const { target } = written(request, opened, model)
      return { ...traced, request: { ...traced.request, target } }
    },
  }
}

function written(request: CaseRequest, opened: OpenCase, model: Model) {
  const certificates = (pem: string | undefined) => {
    const { content } = inspectPem(Buffer.from(pem ?? ''))
    return content.kind === 'certificates' ? content.certificates : []
  }
  const clientPem = request.client?.startsWith('mesh ')
    ? opened.meshPair(request.client.slice('mesh '.length)).cert
    : opened.material.get(`${request.client}.crt`)
  const made = requestOf(
    {
      method: request.method ?? 'GET',
      url: request.url,
      headers: Object.entries(request.headers ?? {}),
      from: 'internet',
      clientChain: request.client === undefined ? [] : certificates(clientPem),
      trust: request.trust === undefined ? 'off' : certificates(opened.material.get(`${request.trust}.ca`)),
      ...(request.sni === undefined ? {} : { sni: request.sni }),
    },
    opened.snapshot,
  )
  const failed = made as Partial<RequestProblem>
  if (failed.problem !== undefined) throw new Error(failed.problem)
  const url = new URL(request.url)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const via = addressOf(request.to, port, opened, model)
  return {
    ...(made as Exclude<typeof made, RequestProblem>),
    via,
    bodyBytes: request.bodyBytes ?? 0,
    alpn: request.alpn ?? [],
  }
}

/** Where the prediction is not what the case expects of engines. */
export function predictionDiffs(
  { expect, unforeseen }: CaseRequest,
  { outcome, hops }: Trace,
  { backends = [] }: CaseSettings,
): readonly string[] {
  if (unforeseen === true) return []
  const shut =
    (outcome.kind === 'handshake' || outcome.kind === 'unreachable') && outcome.status === undefined
  if (expect.connection === 'refused') return shut ? [] : [`expected a refusal: ${outcome.summary}`]
  if (shut) return [`expected an answer: ${outcome.summary}`]
  const status = outcome.kind === 'upstream' ? applicationStatus(outcome.delivered?.target) : outcome.status
  // How an application speaks TLS is not in the model.
  const port = Number(outcome.endpoint?.split(':').at(-1))
  const unknown = backends.some((one) => one.port === port && (one.down || one.certificate !== undefined))
  const differs = (what: string, wanted: unknown, found: unknown) =>
    wanted === undefined || wanted === found ? [] : [`${what}: expected ${wanted}, predicted ${found}`]
  const headers = Object.entries(expect.upstream?.headers ?? {})
  const found = (name: string) =>
    name === 'host' ? outcome.delivered?.authority : outcome.delivered?.headers.get(name)
  return [
    ...differs('status', expect.status, unknown ? expect.status : status),
    ...differs('flag', expect.flag, hops.length > 1 && outcome.hop > 0 ? expect.flag : outcome.flag),
    ...differs('location', expect.headers?.['location'], outcome.location),
    ...(expect.upstream && outcome.kind !== 'upstream'
      ? [`expected the application: ${outcome.summary}`]
      : []),
    ...differs('path', expect.upstream?.path, outcome.delivered?.target),
    ...differs('address', expect.upstream?.address, outcome.endpoint),
    ...headers.flatMap(([name, wanted]) => differs(`header ${name}`, wanted ?? undefined, found(name))),
  ]
}

/** The programs of cases answer as their path says. */
const applicationStatus = (target = ''): number => Number(/^\/status\/(\d{3})/.exec(target)?.[1] ?? 200)
