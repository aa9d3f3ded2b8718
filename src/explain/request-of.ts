// From what a person writes (URL, the place a request comes from) to the request that a trace walks.
import type { CertificateFacts } from '../ir/certificate.ts'
import { POD } from '../resources/kinds.ts'
import type { KubeObject } from '../resources/object.ts'
import { TLS_MODE_LABEL } from '../resources/pod.ts'
import { listOf, type Snapshot } from '../resources/snapshot.ts'
import { HeaderLines } from './header-lines.ts'
import type { TraceRequest } from './hop.ts'

export interface WrittenRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly sni?: string
  /** `internet`, or `pod/NAME`, `pod/NAMESPACE/NAME`: a pod, or the workload that it belongs to. */
  readonly from: string
  /** Leaf first. */
  readonly clientChain: readonly CertificateFacts[]
  readonly trust: TraceRequest['trust']
  readonly clientTaken?: true
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
    headers: new HeaderLines(headers.map(([name, value]) => [name.toLowerCase(), value])),
    clientChain,
    trust,
    ...(written.clientTaken ? { clientTaken: true as const } : {}),
    sourceIp: source.address,
    ...(source.namespace === undefined ? {} : { namespace: source.namespace }),
    ...(sni === undefined ? {} : { sni }),
    ...(scheme === 'http' && source.injected
      ? { via: { address: source.address, port: OUTBOUND_PORT, by: 'the sidecar of the caller' } }
      : {}),
  }
}

interface Source {
  readonly address: string
  readonly injected: boolean
  readonly namespace?: string
}

type Caller = KubeObject & { readonly status?: { readonly podIP?: string } }

function sourceOf(from: string, snapshot: Snapshot): Source | RequestProblem {
  if (from === 'internet') return { address: '127.0.0.1', injected: false }
  const [, namespace, name = ''] = /^pod\/(?:([^/]+)\/)?([^/]+)$/.exec(from) ?? []
  const pods = listOf<Caller>(snapshot, POD)
    .map(({ object }) => object)
    .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
  const exact = pods.filter(({ metadata }) => metadata.name === name)
  // The replicas of a workload are alike: `httpbin` stands for any `httpbin-…`.
  const meant =
    exact.length > 0 ? exact : pods.filter(({ metadata }) => workloadOf(metadata.name).includes(name))
  const namespaces = [...new Set(meant.map(({ metadata }) => metadata.namespace ?? ''))]
  const [pod] = meant
  if (!pod) return { problem: `there is no ${from}`, fix: known(pods) }
  if (namespaces.length > 1)
    return {
      problem: `${from} is in several namespaces: ${namespaces.join(', ')}`,
      fix: `Write pod/${namespaces[0]}/${name}.`,
    }
  return {
    address: pod.status?.podIP ?? '127.0.0.1',
    injected: pod.metadata.labels?.[TLS_MODE_LABEL] === 'istio',
    ...(pod.metadata.namespace === undefined ? {} : { namespace: pod.metadata.namespace }),
  }
}

/** Names of workloads that may have made a pod: without its last part (StatefulSet), without its last two (Deployment). */
function workloadOf(pod: string): readonly string[] {
  const parts = pod.split('-')
  return [1, 2].filter((count) => parts.length > count).map((count) => parts.slice(0, -count).join('-'))
}

function known(pods: readonly Caller[]): string {
  const some = pods.slice(0, 5).map(({ metadata }) => `pod/${metadata.namespace}/${metadata.name}`)
  return `Write \`internet\`, pod/NAME or pod/NAMESPACE/NAME${some.length > 0 ? `, such as ${some.join(', ')}` : ''}.`
}
