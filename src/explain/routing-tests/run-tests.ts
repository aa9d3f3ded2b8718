// Runs routing tests on a model: each is a trace, held against what is expected.
import type { CertificateFacts } from '../../ir/certificate.ts'
import type { Model } from '../../ir/proxy.ts'
import type { Snapshot } from '../../resources/snapshot.ts'
import { requestOf } from '../request-of.ts'
import { surroundings } from '../surroundings.ts'
import { trace } from '../trace.ts'
import { coverageOf } from './coverage.ts'
import { judge } from './judge.ts'
import { declaredRoute, judgeDeclared } from './judge-declared.ts'
import type { RoutingTest, TestReport, TestRequest, TestResult } from './routing-test.ts'

export interface TestWorld {
  readonly model: Model
  readonly snapshot: Snapshot
  /** The certificates of a PEM file that a test names, leaf first; undefined when it holds none. */
  readonly certificates: (file: string) => readonly CertificateFacts[] | undefined
}

/** Data keys under which a client's certificate may stand in a Secret, in the order in which they are looked for. */
export const CLIENT_KEYS = ['client.crt', 'tls.crt', 'cert'] as const

/** Runs all tests. */
export function runTests(tests: readonly RoutingTest[], world: TestWorld): TestReport {
  const context = surroundings(world.model, world.snapshot)
  const taken: { name: string; origin: TestReport['coverage']['missed'][number]['origin'] }[] = []
  const run = (test: RoutingTest): TestResult => {
    const clientChain = clientOf(test.request, world)
    if (typeof clientChain === 'string') return { test, problems: [clientChain] }
    const request = requestOf({ ...test.request, clientChain, trust: 'any' }, world.snapshot)
    if ('problem' in request) return { test, problems: [`${request.problem}. ${request.fix}`] }
    if (test.expect.declared) {
      const route = declaredRoute(request, world.model)
      if (route) taken.push(route)
      return { test, problems: judgeDeclared(test.expect.declared, route, world.snapshot) }
    }
    const answer = trace(request, context)
    taken.push(...answer.hops.flatMap(({ route }) => route ?? []))
    return { test, problems: judge(test.expect, answer), trace: answer }
  }
  const results = tests.map(run)
  return { results, coverage: coverageOf(world.model, taken) }
}

/** The chain that the client presents, or why there is none. */
function clientOf({ client }: TestRequest, world: TestWorld): readonly CertificateFacts[] | string {
  if (!client) return []
  if ('certificate' in client)
    return world.certificates(client.certificate) ?? `${client.certificate} holds no certificate`
  const index = world.snapshot.pem.get(`Secret ${client.secret}`)
  const contents = CLIENT_KEYS.map((key) => index?.get(key)?.content)
  const found = contents.find((content) => content?.kind === 'certificates')
  return found?.kind === 'certificates'
    ? found.certificates
    : `there is no certificate in Secret ${client.secret} (looked for ${CLIENT_KEYS.join(', ')})`
}
