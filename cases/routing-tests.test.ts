// Routing tests over the article's case: what passes, what fails and how it is said, the foreign format, coverage, reports.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createCompiler } from '../src/compile/compile.ts'
import { assumeGateway } from '../src/control/assume-gateway.ts'
import { parseTests } from '../src/explain/routing-tests/parse-tests.ts'
import { junitReport, tapReport, textReport } from '../src/explain/routing-tests/reports.ts'
import { runTests } from '../src/explain/routing-tests/run-tests.ts'
import { GOLDEN_TIME, openCase } from './support/open-case.ts'

const root = dirname(fileURLToPath(import.meta.url))
const report = async (name: string, yaml: string) => {
  const { tests, problems } = parseTests(parse(yaml), 'tests.yaml')
  expect(problems).toEqual([])
  const { snapshot: read } = await openCase(join(root, name), GOLDEN_TIME)
  const snapshot = tests.some((one) => one.expect.declared) ? assumeGateway(read) : read
  return runTests(tests, {
    snapshot,
    model: createCompiler().compile(snapshot).model,
    certificates: () => undefined,
  })
}
const problemsOf = async (name: string, yaml: string) =>
  (await report(name, yaml)).results.map(({ problems }) => problems)

const teapot = 'url: https://httpbin.mycluster-0000.example/status/418'
const one = (request: string, expected: string) =>
  `tests: [{ request: { ${request} }, expect: { ${expected} } }]`

describe('on the article', () => {
  it.each([
    [
      teapot,
      'status: 418, answeredBy: application, backend: httpbin.httptools, path: /status/418, host: httpbin.mycluster-0000.example',
    ],
    [
      teapot,
      'backend: "httpbin.httptools.svc.cluster.local:8000", headers: { x-forwarded-host: httpbin.mycluster-0000.example, x-none: null }',
    ],
    ['host: httpbin.mycluster-0000.example, path: /get', 'status: 404, answeredBy: alb, reason: NR'],
    ['url: https://mycluster-0001.example/status/1', 'refused: gateway'],
    [
      'url: https://mycluster-0001.example/status/1, client: { secret: istio-system/alb-certs }',
      'status: 200, backend: httpbin',
    ],
    ['url: https://mycluster-0001.example/status/1, sni: nobody.example', 'refused: true'],
  ])('%s: %s', async (request, expected) => {
    expect(await problemsOf('article/chain', one(request, expected))).toEqual([[]])
  })

  it.each([
    [teapot, 'status: 404', 'status: expected 404 of a door, but the application answers'],
    [teapot, 'answeredBy: alb', 'answeredBy: expected alb, got'],
    [teapot, 'backend: other', 'backend: expected other, got outbound|8000||httpbin'],
    [teapot, 'backend: "httpbin:9"', 'backend: expected httpbin:9'],
    [teapot, 'path: /x', 'path: expected /x, got /status/418'],
    [teapot, 'headers: { x-a: b }', 'header x-a: expected b, got none'],
    [teapot, 'refused: gateway', 'refused: expected by gateway, got'],
    [teapot, 'mirror: copy', 'mirror: expected copy, got none'],
    [
      'url: https://mycluster-0001.example/status/1',
      'status: 200',
      'status: expected 200, got a refusal by gateway',
    ],
    [
      'url: https://mycluster-0001.example/status/1, client: { secret: a/b }',
      'status: 200',
      'there is no certificate in Secret a/b',
    ],
    ['url: https://mycluster-0001.example/, from: pod/a/b', 'status: 200', 'there is no pod/a/b'],
  ])('%s: not %s', async (request, expected, problem) => {
    const [problems] = await problemsOf('article/chain', one(request, expected))
    expect(problems?.[0]).toContain(problem)
  })

  it('says which routes no test has taken', async () => {
    const taken = await report('article/chain', one(teapot, 'status: 418'))
    expect(taken.coverage).toEqual({ total: 2, missed: [] })
    const none = await report('article/chain', one('url: https://nobody.example/', 'refused: true'))
    expect(none.coverage.missed.map(({ host }) => host)).toEqual([
      'httpbin.mycluster-0000.example',
      'mycluster-0001.example',
    ])
  })
})

const destination = 'destination: { host: httpbin.httptools.svc.cluster.local, port: { number: 8000 } }'
const validator = (wantMatch: boolean, uri: string, fields: string) =>
  `testCases: [{ description: d, wantMatch: ${wantMatch}, request: { authority: [mycluster-0001.example, httpbin.mycluster-0000.example], method: [GET, PUT], uri: [${uri}] }, ${fields} }]`

describe('files of istio-config-validator', () => {
  it('compares what is declared, for every combination', async () => {
    expect(
      await problemsOf('article/chain', validator(true, '/status/1', `route: [{ ${destination} }]`)),
    ).toEqual([[], [], [], []])
    const [wrong] = await problemsOf(
      'article/chain',
      validator(true, '/status/1', 'route: [{ destination: { host: other } }]'),
    )
    expect(wrong?.[0]).toMatch(
      /^route: expected .*other.* spec.http\[0\] of VirtualService httptools\/default-ingress has/,
    )
    const [nothing] = await problemsOf(
      'article/chain',
      validator(true, '/get', `route: [{ ${destination} }]`),
    )
    expect(nothing).toEqual(['no route of a VirtualService takes the request'])
  })

  it('takes wantMatch: false as the opposite', async () => {
    const route = `route: [{ ${destination} }]`
    expect(await problemsOf('article/chain', validator(false, '/get', route))).toEqual([[], [], [], []])
    const [wrong] = await problemsOf('article/chain', validator(false, '/status/1', route))
    expect(wrong?.[0]).toContain('no match is wanted')
  })
})

describe('reading', () => {
  it.each([
    ['tests: []', 'holds no tests'],
    ['tests: [{ request: { url: x, colour: red }, expect: { status: 200 } }]', 'unknown field colour'],
    ['tests: [{ request: { path: / }, expect: { status: 200 } }]', 'needs url, or host'],
    ['tests: [{ request: { url: x }, expect: {} }]', 'expects nothing'],
    ['tests: [{ request: { url: x }, expect: { status: "200" } }]', 'must be a number'],
    ['tests: [{ request: { url: x, client: {} }, expect: { status: 200 } }]', 'needs secret'],
    ['testCases: [{ request: { method: [GET] } }]', 'needs authority'],
    ['3', 'must be a mapping'],
  ])('%s', (yaml, problem) => {
    expect(parseTests(parse(yaml), 'tests.yaml').problems.join('\n')).toContain(problem)
  })
})

describe('reports', () => {
  const mixed = `tests:
  - { name: 'good "<&>"', request: { ${teapot} }, expect: { status: 418 } }
  - { name: bad, request: { ${teapot} }, expect: { path: /x } }`

  it('say the same in three forms', async () => {
    const done = await report('article/chain', mixed)
    expect(textReport(done)).toContain('1 passed, 1 failed; 2 of 2 routes exercised')
    expect(tapReport(done)).toMatch(/^TAP version 14\n1\.\.2\nok 1 - good "<&>"\nnot ok 2 - bad\n {2}---/)
    const junit = junitReport(done)
    expect(junit).toContain('<testcase name="good &quot;&lt;&amp;&gt;&quot;" classname="tests.yaml"/>')
    expect(junit).toContain('<testsuites tests="2" failures="1">')
    expect(junit).toContain('<failure message="path: expected /x, got /status/418">')
  })
})
