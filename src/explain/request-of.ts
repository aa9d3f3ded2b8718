// From what a person writes (URL, the place a request comes from) to the request that a trace walks.
import type { CertificateFacts } from '../ir/certificate.ts'
import { POD } from '../resources/kinds.ts'
import type { KubeObject } from '../resources/object.ts'
import { TLS_MODE_LABEL } from '../resources/pod.ts'
import { getOf, type Snapshot } from '../resources/snapshot.ts'
import type { TraceRequest } from './hop.ts'

export interface WrittenRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly sni?: string
  /** `internet`, or `pod/<namespace>/<name>`. */
  readonly from: string
  /** Leaf first. */
  readonly clientChain: readonly CertificateFacts[]
  readonly trust: TraceRequest['trust']
}

/** What is wrong with a written request, and what would be right. */
export interface RequestProblem {
  readonly problem: string
  readonly fix: string
}

/** The pod's port on which its sidecar takes outbound requests. */
const OUTBOUND_PORT = 15001

/** The request to trace, or what keeps it from being one. */
export function requestOf(written: WrittenRequest, snapshot: Snapshot): TraceRequest | RequestProblem {
  const url = URL.canParse(written.url) ? new URL(written.url) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    return { problem: `${written.url} is no http or https URL`, fix: 'Write it whole: https://host/path' }
  const source = sourceOf(written.from, snapshot)
  if ('problem' in source) return source
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  const { method, headers, clientChain, trust, sni } = written
  return {
    method,
    scheme,
    host: url.hostname,
    port: url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port),
    target: `${url.pathname}${url.search}`,
    headers: new Map(headers.map(([name, value]) => [name.toLowerCase(), value])),
    clientChain,
    trust,
    sourceIp: source.address,
    ...(sni === undefined ? {} : { sni }),
    ...(scheme === 'http' && source.injected
      ? { via: { address: source.address, port: OUTBOUND_PORT } }
      : {}),
  }
}

interface Source {
  readonly address: string
  readonly injected: boolean
}

function sourceOf(from: string, snapshot: Snapshot): Source | RequestProblem {
  if (from === 'internet') return { address: '127.0.0.1', injected: false }
  const [, namespace = '', name = ''] = /^pod\/(?:([^/]+)\/)?([^/]+)$/.exec(from) ?? []
  const pod = getOf<KubeObject & { status?: { podIP?: string } }>(
    snapshot,
    POD,
    name,
    namespace || 'default',
  )?.object
  if (!pod)
    return {
      problem: `there is no ${from}`,
      fix: 'Write `internet`, or `pod/<namespace>/<name>`, as the place it comes from.',
    }
  return {
    address: pod.status?.podIP ?? '127.0.0.1',
    injected: pod.metadata.labels?.[TLS_MODE_LABEL] === 'istio',
  }
}
