// `npm run outside:soak`: minutes of mixed traffic (SOAK_MINUTES, 5) over sockets, as many in memory and as many at two workers, with changes of routes, endpoints, listeners and certificates in
// the middle of it. Fails when a client got what is wrong, or when the processes hold more at the end than after warming up.
import { load } from './load.mjs'
import { record, today } from './record.mjs'

const minutes = Number(process.env.SOAK_MINUTES ?? 5)
/** Room in each process for what V8 keeps of its own accord: code, shapes, statistics of the last collection. */
const ROOM = 3 * 1024 * 1024

const { soak } = await load('test/soak/soak.ts')
const mebibytes = (bytes) => (bytes / 1024 / 1024).toFixed(1)
const handles = (kinds) => Object.values(kinds).reduce((sum, count) => sum + count, 0)
const rows = []
let failed = false
for (const setting of ['wire', 'memory', 'two workers']) {
  let until
  const { visits, changes, wrong, start, end, inFlight } = await soak(setting, 1000, () => {
    // Counted from the end of the warm-up.
    until ??= Date.now() + minutes * 60_000
    return Date.now() >= until
  })
  const both = (of) => `${of(start)} -> ${of(end)}`
  const row = `| ${setting} | ${visits} | ${changes} | ${wrong.length} | ${both(({ bytes }) => mebibytes(bytes))} | ${both(({ rss }) => mebibytes(rss))} | ${both((held) => handles(held.handles))} |`
  console.log(row)
  for (const one of wrong.slice(0, 20)) console.log(one)
  rows.push(row)
  if (
    wrong.length > 0 ||
    inFlight !== 0 ||
    handles(end.handles) > handles(start.handles) ||
    end.bytes - start.bytes > ROOM * end.processes
  )
    failed = true
}
record('soak', [
  `${minutes} ${minutes === 1 ? 'minute' : 'minutes'} each, Node ${process.version}, ${today()}.`,
  '',
  '| proxies | visits | changes of the model | wrong | MiB of heap and buffers | MiB resident | handles |',
  '| --- | --- | --- | --- | --- | --- | --- |',
  ...rows,
])
process.exit(failed ? 1 : 0)
