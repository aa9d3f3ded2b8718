// `npm run outside:h2spec`: h2spec (RFC 9113 and RFC 7541, case by case) against a running gateway, over TLS and with prior knowledge. Built from its Go
// module into .cache; without the `go` command it says so and does nothing. Fails when a case fails that docs/conformance.md does not explain.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { load } from './load.mjs'
import { record, root, today } from './record.mjs'

const VERSION = 'v2.2.1+incompatible'
const MODULE = 'github.com/summerwind/h2spec'

const FORGOTTEN =
  'nghttp2 forgets a stream once it is closed and leaves out frames on it, instead of ending the connection; nothing reaches a request'
/** Cases that fail, with what they are. A bare `node:http2` server fails all but the last as well, and no option of it changes that. */
const KNOWN = {
  'http2/5.1: closed: Sends a DATA frame after sending RST_STREAM frame': FORGOTTEN,
  'http2/5.1: closed: Sends a HEADERS frame after sending RST_STREAM frame': FORGOTTEN,
  'http2/5.1: closed: Sends a DATA frame': FORGOTTEN,
  'http2/5.1: closed: Sends a HEADERS frame': FORGOTTEN,
  'http2/5.1.1: Sends stream identifier that is numerically smaller than previous': FORGOTTEN,
  'http2/6.7: Sends a PING frame with ACK':
    'Node ends the connection at an acknowledgement of a PING that it did not send: stricter than the case asks',
  'http2/6.9.1: Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1':
    'Node ends the connection, with a GOAWAY of another code',
  'http2/3.5: Sends invalid connection preface':
    'the plaintext listener speaks HTTP/1.1 as well: what is no preface is answered as a bad HTTP/1.1 request (400), and the connection is closed',
}

const go = (args, cwd) => spawnSync('go', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

function build() {
  const cache = join(root, '.cache/h2spec')
  const program = join(cache, 'h2spec')
  if (existsSync(program)) return program
  mkdirSync(cache, { recursive: true })
  const steps = [
    ['mod', 'init', 'h2spec-build'],
    ['get', `${MODULE}/cmd/h2spec@${VERSION}`],
    ['build', '-o', program, `${MODULE}/cmd/h2spec`],
  ]
  for (const step of steps) {
    if (step[1] === 'init' && existsSync(join(cache, 'go.mod'))) continue
    const { status, stderr } = go(step, cache)
    if (status !== 0) throw new Error(`go ${step.join(' ')}: ${stderr}`)
  }
  return program
}

/** What a run says: each case with its group, its words and how it ended. */
function casesOf(report) {
  const text = (value) =>
    value
      .replaceAll('&#39;', "'")
      .replaceAll('&#34;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
  return [
    ...report.matchAll(/<testcase package="([^"]*)" classname="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs),
  ].map(([, group, name, inner = '']) => ({
    group,
    name: text(name),
    result:
      inner.includes('<failure') || inner.includes('<error')
        ? 'failed'
        : inner.includes('<skipped')
          ? 'skipped'
          : 'passed',
  }))
}

if (go(['version']).status !== 0) {
  console.log('skipped: h2spec is built from its Go module, and there is no `go` command here')
  process.exit(0)
}
const program = build()
const { startGateway } = await load('test/outside/gateway.ts')
const upstream = createServer((request, response) => {
  request.resume()
  request.on('end', () => response.end('x'.repeat(4096)))
})
await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve))
const gateway = await startGateway(upstream.address().port)

const lines = [
  `h2spec 2.2.1 (Go module), Node ${process.version} with nghttp2 ${process.versions.nghttp2}, ${today()}.`,
  '',
  '| listener | passed | failed | skipped |',
  '| --- | --- | --- | --- |',
]
const failures = new Map()
let unexplained = 0
for (const [name, port, flags] of [
  ['TLS, ALPN `h2`', gateway.tlsPort, ['-t', '-k']],
  ['plaintext, prior knowledge', gateway.plainPort, []],
]) {
  const report = join(root, `.cache/h2spec/report-${port}.xml`)
  await new Promise((resolve, reject) => {
    const run = spawn(program, ['-h', '127.0.0.1', '-p', String(port), '-o', '2', '-j', report, ...flags], {
      stdio: 'ignore',
    })
    run.on('error', reject)
    run.on('exit', resolve)
  })
  const cases = casesOf(readFileSync(report, 'utf8'))
  const count = (result) => cases.filter((one) => one.result === result).length
  lines.push(`| ${name} | ${count('passed')} | ${count('failed')} | ${count('skipped')} |`)
  console.log(`${name}: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`)
  if (count('passed') === 0) unexplained++
  for (const { group, name: words, result } of cases) {
    if (result !== 'failed') continue
    const key = `${group}: ${words}`
    failures.set(key, KNOWN[key])
    if (KNOWN[key] === undefined) unexplained++
    console.log(`  failed ${key}${KNOWN[key] === undefined ? '' : ' (explained)'}`)
  }
}
if (failures.size > 0) lines.push('', '| failed | why |', '| --- | --- |')
for (const [key, why] of failures) lines.push(`| ${key.replaceAll('|', '\\|')} | ${why ?? 'not explained'} |`)
record('h2spec', lines)
await gateway.close()
upstream.close()
process.exit(unexplained === 0 ? 0 : 1)
