// `npm run outside:autobahn`: WebSocket, case by case, through a running gateway to an echo server and straight to it: what comes back has to be the same, and what
// RFC 6455 says. The Autobahn test suite itself (autobahntestsuite 25.10.1 on PyPI) is still Python 2 and does not start on Python 3, so its cases are built here again
// (websocket/cases.py). The echo server is the package `websockets`, installed into .cache; without Python 3 and pip the script says so and does nothing.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isDeepStrictEqual } from 'node:util'
import { pipInstall } from '../../scripts/pip-install.mjs'
import { load } from './load.mjs'
import { record, root, today } from './record.mjs'

const packages = join(root, '.cache/websocket')
const WHEEL = 'websockets==17.4'

if (
  spawnSync('python3', ['-m', 'pip', '--version'], { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0
) {
  console.log('skipped: the echo server is a Python package, and there is no python3 with pip here')
  process.exit(0)
}
if (!existsSync(join(packages, 'websockets')) && !pipInstall(packages, WHEEL))
  throw new Error(`pip could not install ${WHEEL}`)

const runner = spawn('python3', [join(root, 'test/outside/websocket/run.py')], {
  env: { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' },
  stdio: ['pipe', 'pipe', 'inherit'],
})
const lines = createInterface({ input: runner.stdout })[Symbol.asyncIterator]()
const next = async () => {
  const { value, done } = await lines.next()
  return done ? undefined : JSON.parse(value)
}
const about = await next()
if (about === undefined) throw new Error('the echo server did not start')

const { startGateway } = await load('test/outside/gateway.ts')
const wire = await startGateway(about.port, 'wire')
const memory = await startGateway(about.port, 'memory')
const ways = [
  { name: 'plaintext', port: wire.plainPort },
  { name: 'TLS', port: wire.tlsPort, ca: wire.ca },
  { name: 'two hops, mutual TLS between', port: wire.chainPort },
  { name: 'two hops in memory', port: memory.chainPort },
]
runner.stdin.write(`${JSON.stringify(ways)}\n`)

const straight = new Map()
const otherwise = []
const counts = new Map()
const unlike = []
for (let one = await next(); one !== undefined; one = await next()) {
  const count = counts.get(one.way) ?? { right: 0, other: 0, unlike: 0 }
  counts.set(one.way, count)
  if (one.way === 'straight') {
    straight.set(one.case, one.events)
    if (!isDeepStrictEqual(one.events, one.expected)) otherwise.push(one.case)
  }
  if (isDeepStrictEqual(one.events, one.expected)) count.right++
  else count.other++
  if (isDeepStrictEqual(one.events, straight.get(one.case))) continue
  count.unlike++
  unlike.push(
    `${one.way}, case ${one.case}: ${JSON.stringify(one.events).slice(0, 200)} instead of ${JSON.stringify(straight.get(one.case)).slice(0, 200)}`,
  )
}
await wire.close()
await memory.close()

const rows = [...counts].map(
  ([way, { right, other, unlike: differs }]) => `| ${way} | ${right} | ${other} | ${differs} |`,
)
for (const row of rows) console.log(row)
for (const line of unlike) console.log(line)
record('autobahn', [
  `${about.cases} cases, echo server websockets ${about.websockets} on Python ${about.python}, Node ${process.version}, ${today()}.`,
  '',
  '| way to the echo server | as RFC 6455 says | otherwise | not as straight |',
  '| --- | --- | --- | --- |',
  ...rows,
  ...(otherwise.length === 0
    ? []
    : [
        '',
        `Otherwise is the echo server's own doing, as it is so straight as well: ${otherwise.map((name) => `case ${name}`).join(', ')}.`,
      ]),
])
const complete =
  counts.size === ways.length + 1 &&
  [...counts.values()].every(({ right, other }) => right + other === about.cases)
process.exit(unlike.length === 0 && complete ? 0 : 1)
