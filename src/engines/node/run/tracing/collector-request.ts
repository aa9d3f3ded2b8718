// One POST of spans to a collector, over the proxy's own cluster.
import type { Collector } from '../../../../ir/tracing.ts'
import { HeaderBlock } from '../http/headers/header-block.ts'
import { hexId } from '../http/headers/request-id.ts'
import type { ClusterState } from '../upstream/cluster-state.ts'
import { sendSideRequest } from '../upstream/side-request.ts'

/** Sends a body; `done` hears once why it came to nothing, or undefined. Returns a function that gives up before that. */
export function postSpans(
  cluster: ClusterState | undefined,
  { cluster: name, host, path, headers: own, timeoutMs }: Collector,
  body: Buffer,
  done: (failure: string | undefined) => void,
): () => void {
  if (cluster === undefined) {
    done(`there is no cluster ${name}`)
    return () => {}
  }
  const headers = new HeaderBlock()
  headers.add('host', host)
  for (const [field, value] of own) headers.set(field, value)
  headers.set('content-type', 'application/json')
  headers.set('content-length', String(body.length))
  // Not sampled: the hops on the way to the collector must not make spans of the spans.
  headers.set('traceparent', `00-${hexId()}-${hexId().slice(0, 16)}-00`)
  const cancel = sendSideRequest({
    cluster,
    request: {
      method: 'POST',
      scheme: 'http',
      authority: host,
      target: path,
      headers,
      body: 'length',
      upgrade: undefined,
      readTimeoutMs: 0,
    },
    body,
    timeoutMs,
    done: (answer) => done(failureOf(answer)),
  })
  return () => {
    cancel()
    done('given up')
  }
}

function failureOf(answer: { readonly status: number } | { readonly failure: string }): string | undefined {
  if ('failure' in answer) return answer.failure
  return answer.status >= 200 && answer.status < 300 ? undefined : `it answered ${answer.status}`
}
