// `npm run outside:soak`: minutes of mixed traffic (SOAK_MINUTES, 5) over sockets, as many in memory and as many at two workers, with changes of routes, endpoints, listeners and certificates in
// the middle of it. Fails when a client got what is wrong, or when the processes hold more at the end than after warming up. Each runs in a process of its own, on V8's interpreter: what its
// compilers make is a matter of minutes and megabytes, in which a leak could hide. A last one runs as users do.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { load } from './load.mjs'
import { record, today } from './record.mjs'

const minutes = Number(process.env.SOAK_MINUTES ?? 5)
const MEBIBYTE = 1024 * 1024
/** What each process may hold more of resident memory, of which the allocator keeps what it likes: memory outside of V8's heap can leak as well. */
const ROOM_RESIDENT = 32 * MEBIBYTE
const INTERPRETED = ['--no-opt', '--no-sparkplug']
/** What each process may hold more at the end: pools of buffers find their size, and where there is a compiler its code, shapes and statistics come and go. */
const runs = [
  { name: 'wire', setting: 'wire', flags: INTERPRETED, room: MEBIBYTE },
  { name: 'memory', setting: 'memory', flags: INTERPRETED, room: MEBIBYTE },
  { name: 'two workers', setting: 'two workers', flags: INTERPRETED, room: MEBIBYTE },
  { name: 'memory, compiled', setting: 'memory', flags: [], room: 3 * MEBIBYTE },
]

const [, , only] = process.argv
if (only !== undefined) {
  const { soak } = await load('test/soak/soak.ts')
  const lasting = (ms) => {
    let until
    return () => {
      // Counted from the first visit.
      until ??= Date.now() + ms
      return Date.now() >= until
    }
  }
  // Handles and certificates of each kind are in use after a thousand visits; compiled code settles later.
  const warm = lasting((minutes / 5) * 60_000)
  const report = await soak(only, (visits) => warm() && visits >= 1000, lasting(minutes * 60_000))
  console.log(JSON.stringify(report))
  process.exit(0)
}

const mebibytes = (bytes) => (bytes / MEBIBYTE).toFixed(1)
const handles = (kinds) => Object.values(kinds).reduce((sum, count) => sum + count, 0)
const rows = []
let failed = false
for (const { name, setting, flags, room } of runs) {
  const child = spawnSync(
    process.execPath,
    ['--expose-gc', ...flags, fileURLToPath(import.meta.url), setting],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 64 * MEBIBYTE },
  )
  if (child.status !== 0) {
    failed = true
    console.log(`${name}: ended with ${child.status ?? child.signal}`)
    continue
  }
  const { visits, changes, wrong, start, end, inFlight } = JSON.parse(child.stdout)
  const both = (of) => `${of(start)} -> ${of(end)}`
  const row = `| ${name} | ${visits} | ${changes} | ${wrong.length} | ${both(({ bytes }) => mebibytes(bytes))} | ${both(({ rss }) => mebibytes(rss))} | ${both((held) => handles(held.handles))} |`
  console.log(row)
  for (const one of wrong.slice(0, 20)) console.log(one)
  rows.push(row)
  if (
    wrong.length > 0 ||
    inFlight !== 0 ||
    handles(end.handles) > handles(start.handles) ||
    end.bytes - start.bytes > room * end.processes ||
    end.rss - start.rss > ROOM_RESIDENT * end.processes
  )
    failed = true
}
record('soak', [
  `${minutes} ${minutes === 1 ? 'minute' : 'minutes'} each after a fifth of that, Node ${process.version}, ${today()}.`,
  '',
  '| proxies | visits | changes of the model | wrong | MiB of heap and buffers | MiB resident | handles |',
  '| --- | --- | --- | --- | --- | --- | --- |',
  ...rows,
])
process.exit(failed ? 1 : 0)
