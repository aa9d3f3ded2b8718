// Routing tests on the running cluster: what a client can see of each expectation, held against the answer it really gets.
import { readFileSync } from 'node:fs'
import { adminJson } from '../admin/client.ts'
import type { TraceQuestion } from '../control/tracing.ts'
import { difference, type LiveAnswer } from '../explain/compare-live.ts'
import type { RoutingTest, TestReport, TestResult } from '../explain/routing-tests/routing-test.ts'
import { CLIENT_KEYS } from '../explain/routing-tests/run-tests.ts'
import { SECRET } from '../resources/kinds.ts'
import type { Secret } from '../resources/secret.ts'
import { getOf, type Snapshot } from '../resources/snapshot.ts'
import type { RunningCluster } from './cluster-options.ts'
import { sendLive } from './live-request.ts'

interface Pair {
  readonly certificate: string
  readonly key: string
}

/** Sends every test that has a request of its own, one after the other, and adds what differed to its problems. */
export async function runLive(
  report: TestReport,
  snapshot: Snapshot,
  cluster: RunningCluster,
): Promise<TestReport> {
  const { socket } = cluster.runtime
  const { variables } = await adminJson<{ variables: Record<string, string> }>(socket, 'GET', '/environment')
  const results: TestResult[] = []
  for (const result of report.results) {
    if (!result.trace) {
      results.push(result)
      continue
    }
    const pair = pairOf(result.test, snapshot)
    const { answer } = await sendLive(questionOf(result.test, pair), {
      proxy: variables['HTTPS_PROXY'] ?? '',
      anchors: readFileSync(variables['CURL_CA_BUNDLE'] ?? '', 'utf8'),
      socket,
      hops: 0,
      ...(pair ? { key: pair.key } : {}),
    })
    results.push({ ...result, problems: [...result.problems, ...judgeLive(result, answer)] })
  }
  return { ...report, results }
}

function questionOf({ request }: RoutingTest, pair: Pair | undefined): TraceQuestion {
  const { client: _, ...rest } = request
  return { ...rest, ...(pair ? { certificate: pair.certificate } : {}) }
}

function judgeLive({ test, trace }: TestResult, live: LiveAnswer): readonly string[] {
  const { status } = test.expect
  const differs = trace && difference(trace.outcome, live)
  const wrongStatus = status !== undefined && live.kind === 'answer' && live.status !== status
  return [
    ...(wrongStatus ? [`live: status: expected ${status}, got ${live.status}`] : []),
    ...(differs && !wrongStatus ? [`live: ${differs}`] : []),
  ]
}

function pairOf({ request: { client } }: RoutingTest, snapshot: Snapshot): Pair | undefined {
  if (!client) return undefined
  if ('certificate' in client)
    return {
      certificate: readFileSync(client.certificate, 'utf8'),
      key: client.key === undefined ? '' : readFileSync(client.key, 'utf8'),
    }
  const [namespace, name = ''] = client.secret.split('/')
  const data = getOf<Secret>(snapshot, SECRET, name, namespace)?.object.data ?? {}
  const value = (keys: readonly string[]) => {
    const found = keys.map((key) => data[key]).find((one) => one !== undefined)
    return found === undefined ? '' : Buffer.from(found, 'base64').toString()
  }
  return { certificate: value(CLIENT_KEYS), key: value(['client.key', 'tls.key', 'key']) }
}
