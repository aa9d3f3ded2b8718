// trace, why, test and graph as processes on the article's chain: predictions held against real answers, what happened explained, and a
// cluster of a kubeconfig that is only read.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Chain, setUpChain } from '../article/chain.ts'
import { has, type Outcome, Workplace } from '../sallyport.ts'
import { startRecorder } from './recorder.ts'

const able = has('kubectl') && has('curl')
const place = new Workplace()
let chain: Chain
/** The domains of the two doors. */
let alb = ''
let gateway = ''
beforeAll(async () => {
  if (!able) return
  chain = await setUpChain(place)
  // A route that gives up before its application answers: the model cannot know that.
  const { stdout, stderr, code } = await chain.bash(`
kubectl patch virtualservice default-ingress -n httptools --type json -p '[{ "op": "add", "path": "/spec/http/-", "value": {
  "match": [{ "uri": { "prefix": "/delay" } }], "timeout": "0.05s",
  "route": [{ "destination": { "host": "httpbin.httptools.svc.cluster.local", "port": { "number": 8000 } } }] } }]' > /dev/null
echo $ALB_INGRESS_DOMAIN $INGRESS_GATEWAY_DOMAIN`)
  if (code !== 0) throw new Error(stderr)
  const [first = '', second = ''] = stdout.trim().split(' ')
  alb = first
  gateway = second
})
afterAll(() => place.close())

const run = (...args: readonly string[]): Promise<Outcome> => place.sallyport(...args)
const withClient = ['--cert', 'client.crt', '--key', 'client.key', '--cacert', 'root.pem']

describe.runIf(able)('sallyport trace --live', () => {
  it('sends the request through both doors, as predicted, and shows what each wrote', async () => {
    const { code, stdout } = await run('trace', '--live', `https://httpbin.${alb}/status/418`)
    expect(stdout).toContain('✓ as predicted')
    expect(stdout).toMatch(/TLSv1\.3 .*\n {5}418\n/)
    expect(stdout).toMatch(/alb\/\S+ \{.*\n.*gateway\/\S+ \[.*\n.*sidecar\/httptools\S+ \[/)
    expect(code).toBe(0)
  })

  it('exits with 1 where a door refuses, as predicted', async () => {
    const refused = await run('trace', '--live', `https://${gateway}/status/418`)
    expect(refused.stdout).toContain('refused: TLS alert: certificate required\n✓ as predicted')
    expect(refused.code).toBe(1)
    const lost = await run(
      'trace',
      '--live',
      'POST',
      `https://${gateway}/nothing`,
      ...withClient,
      '-o',
      'json',
    )
    expect(JSON.parse(lost.stdout)).toMatchObject({
      request: { method: 'POST' },
      outcome: {
        ok: false,
        status: 404,
        cause: 'no-route',
        edit: { fix: { value: { uri: { prefix: '/nothing' } } } },
      },
      live: { answer: { kind: 'answer', status: 404 }, difference: null, doors: [] },
    })
    expect(lost.code).toBe(1)
  })

  it('exits with 3 where the answer is another than predicted', async () => {
    const { code, stdout } = await run('trace', '--live', `https://${gateway}/delay/3`, ...withClient)
    expect(stdout).toContain(
      '✗ predicted an answer of the application, but a door answered 504 (UT response_timeout)',
    )
    expect(code).toBe(3)
  })

  it('says what is wrong with a question, without the words of a protocol', async () => {
    const { code, stderr } = await run('trace', 'httpbin/status')
    expect(stderr).toBe('error: httpbin/status is no http or https URL\nWrite it whole: https://host/path\n')
    expect(code).toBe(1)
  })
})

describe.runIf(able)('sallyport trace --from a pod', () => {
  it('takes the sidecar of a workload, with a short name', async () => {
    const { code, stdout } = await run('trace', '--from', 'pod/httpbin', 'http://httpbin:8000/status/200')
    expect(stdout).toMatch(/✓ 1 {2}sidecar\/httptools\/httpbin-\S+ {2}127\S+:15001/)
    expect(stdout).toContain('✓ answered by the application')
    expect(code).toBe(0)
    const nobody = await run('trace', '--from', 'pod/nobody', 'http://httpbin:8000/')
    expect(nobody.stderr).toMatch(/^error: there is no pod\/nobody\n.*such as pod\//)
    expect(nobody.code).toBe(1)
  })
})

describe.runIf(able)('sallyport why', () => {
  it('joins the lines of a request by its id, also those of the load balancer, which has ids of its own', async () => {
    await chain.bash('curl -s -o out https://httpbin.$ALB_INGRESS_DOMAIN/status/500')
    const { stdout: log } = await run('logs')
    const id = /gateway\/\S+ .*"GET \/status\/500 .*"([0-9a-f-]{36})"/.exec(log)?.[1] ?? 'none'
    const { code, stdout } = await run('why', id)
    expect(stdout).toMatch(/✗ 1 {2}alb\/\S+ {2}500 /)
    expect(stdout).toMatch(/✗ 2 {2}gateway\/\S+ {2}500 via_upstream/)
    expect(stdout).toMatch(/✗ 3 {2}sidecar\/httptools\S+ {2}500 via_upstream/)
    expect(stdout).toContain('the answer of the application itself')
    expect(code).toBe(0)
  })

  it('takes the last failure when it is asked nothing', async () => {
    await chain.bash('curl -s -o out https://httpbin.$ALB_INGRESS_DOMAIN/nothing-here; true')
    const last = await run('why', '-o', 'json')
    expect(JSON.parse(last.stdout)).toMatchObject({
      hops: [{ status: 404, path: '/nothing-here' }],
      trace: { outcome: { cause: 'no-route', edit: { origin: { object: { kind: 'Ingress' } } } } },
    })
    const text = await run('why')
    expect(text.stdout).toContain('As the configuration is now')
    expect(text.stdout).toMatch(/change {2}.*\n {2}in {6}Ingress istio-system\/alb-ingress spec\.rules\[0]/)
  })

  it('explains a reason that a door sent, and knows what it does not know', async () => {
    const { stdout: reason } = await chain.bash(
      `curl -s -D - -o out --cert client.crt --key client.key https://$INGRESS_GATEWAY_DOMAIN/nowhere | sed -n 's/^x-sallyport-reason: //p' | tr -d '\\r'`,
    )
    const explained = await run('why', ...reason.trim().split(' '))
    expect(explained.stdout).toMatch(/^NR {2}no route[\s\S]*route_not_found/)
    expect((await run('why', 'sp0205')).stdout).toMatch(/^SP0205 {2}The certificate has expired/)
    const unknown = await run('why', 'no-such-request')
    expect(unknown.code).toBe(1)
    expect(unknown.stderr).toContain('no request id in the logs')
  })
})

describe.runIf(able)('sallyport test', () => {
  const folder = join(place.scratch, 'routing')
  const write = (name: string, tests: readonly object[]) => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, name), JSON.stringify({ tests }))
    return join('routing', name)
  }
  const good = () => [
    {
      name: 'through both doors',
      request: { url: `https://httpbin.${alb}/status/418` },
      expect: { status: 418, backend: 'httpbin.httptools:8000' },
    },
    {
      name: 'with a certificate',
      request: { url: `https://${gateway}/status/204`, client: { secret: 'istio-system/alb-certs' } },
      expect: { status: 204, answeredBy: 'application' },
    },
    { name: 'not without one', request: { url: `https://${gateway}/` }, expect: { refused: 'gateway' } },
  ]

  it('passes on the model and live', async () => {
    const { code, stdout, stderr } = await run('test', write('good.yaml', good()), '--live')
    expect(stdout + stderr).toContain('3 passed, 0 failed')
    expect(code).toBe(0)
  })

  it('fails live where only the answer tells, and reports to other tools', async () => {
    const late = {
      name: 'too <late>',
      request: { url: `https://${gateway}/delay/3`, client: { secret: 'istio-system/alb-certs' } },
      expect: { backend: 'httpbin.httptools' },
    }
    const file = write('late.yaml', [...good(), late])
    expect((await run('test', file)).code).toBe(0)
    const tap = await run('test', file, '--live', '--format', 'tap')
    expect(tap.stdout).toMatch(
      /^TAP version 14\n1\.\.4\nok 1 - through both doors\nok 2 .*\nok 3 .*\nnot ok 4 - too <late>\n {2}---\n/,
    )
    expect(tap.stdout).toContain('but a door answered 504')
    expect(tap.code).toBe(1)
    const junit = await run('test', file, '--live', '--format', 'junit')
    expect(junit.stdout).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites tests="4" failures="1">/,
    )
    expect(junit.stdout).toMatch(
      /<testcase name="too &lt;late&gt;" classname="routing\/late.yaml">\n {6}<failure message="live: /,
    )
    expect(junit.code).toBe(1)
  })

  it('takes a folder, and says with 2 what it cannot read', async () => {
    expect((await run('test', 'routing')).stdout).toContain('7 passed, 0 failed')
    expect((await run('test', 'routing/*d.yaml')).stdout).toContain('3 passed, 0 failed')
    for (const wrong of ['absent.yaml', 'absent/*.yaml']) expect((await run('test', wrong)).code).toBe(2)
    const unknown = await run(
      'test',
      write('wrong.yaml', [{ name: 'x', request: { url: 'https://a/' }, expects: {} }]),
    )
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('unknown field expects') })
  })
})

describe.runIf(able)('on the cluster of a kubeconfig', () => {
  it('trace, test, graph and lint read it, say the same as here, and only read', async () => {
    const path = join(place.scratch, 'recorded.json')
    const recorder = await startRecorder(chain.summary.kubeconfig, path)
    try {
      const there = ['--kubeconfig', path, '--context', 'recorded']
      const url = `https://httpbin.${alb}/status/418`
      const traced = await run('trace', url, ...there)
      expect(traced.stdout).toContain('✓ answered by the application')
      expect(traced.code).toBe(0)
      const file = join(place.scratch, 'one.yaml')
      writeFileSync(
        file,
        JSON.stringify({
          tests: [{ name: 'one', request: { url }, expect: { backend: 'httpbin.httptools' } }],
        }),
      )
      expect(await run('test', file, ...there)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('1 passed'),
      })
      const hours = (text: string) => text.replaceAll(/\d+ (hours?|days?) left/g, '')
      const [graph, own] = [await run('graph', ...there), await run('graph')]
      expect(hours(graph.stdout)).toBe(hours(own.stdout))
      expect((await run('lint', ...there, '--format', 'json')).stdout).toBe(
        (await run('lint', '--format', 'json')).stdout,
      )
      expect(recorder.asked.filter((line) => !line.startsWith('GET '))).toEqual([])
      expect(recorder.asked.filter((line) => line.startsWith('GET /api/v1/secrets'))).toHaveLength(4)
    } finally {
      await recorder.close()
    }
  })

  it('says which context there is, and what cannot be reached', async () => {
    const path = join(place.scratch, 'recorded.json')
    const unknown = await run('trace', 'https://a/', '--kubeconfig', path, '--context', 'none')
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no context none (it has recorded, broken)'),
    })
    const broken = await run('graph', '--kubeconfig', path)
    expect(broken).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cluster at http:\/\/127\.0\.0\.1:9 cannot be read/),
    })
    expect((await run('trace', 'https://a/', '--live', '--kubeconfig', path)).code).toBe(1)
  })
})

describe.runIf(able)('sallyport graph', () => {
  it('draws the chain in every format', async () => {
    expect((await run('graph')).stdout).toMatch(/^flowchart LR\n[\s\S]*mesh mutual TLS/)
    expect((await run('graph', '-o', 'svg')).stdout).toMatch(
      /^<svg [\s\S]*<title id="title">[\s\S]*<\/svg>\n$/,
    )
    expect((await run('graph', '-o', 'html')).stdout).toMatch(
      /^<!doctype html>[\s\S]*<p>Every arrow works\.<\/p>/,
    )
    const { nodes } = JSON.parse((await run('graph', '-o', 'json')).stdout) as {
      nodes: readonly { kind: string }[]
    }
    expect(nodes.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['client', 'alb', 'gateway', 'meshed']),
    )
  })
})
