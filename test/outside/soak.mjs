// `npm run outside:soak`: minutes of mixed traffic (SOAK_MINUTES, 5) over sockets and as many in memory, with changes of routes, endpoints, listeners and certificates in
// the middle of it. Fails when a client got what is wrong, or when the process holds more at the end than after warming up.
import { load } from './load.mjs'
import { record, today } from './record.mjs'

const minutes = Number(process.env.SOAK_MINUTES ?? 5)
/** Room for what V8 keeps of its own accord: code, shapes, statistics of the last collection. */
const ROOM = 3 * 1024 * 1024

const { soak } = await load('test/soak/soak.ts')
const mebibytes = (bytes) => (bytes / 1024 / 1024).toFixed(1)
const handles = (kinds) => Object.values(kinds).reduce((sum, count) => sum + count, 0)
const rows = []
let failed = false
for (const hops of ['wire', 'memory']) {
  const until = Date.now() + minutes * 60_000
  const { visits, changes, wrong, start, end, inFlight } = await soak(hops, 1000, () => Date.now() >= until)
  const row = `| ${hops} | ${visits} | ${changes} | ${wrong.length} | ${mebibytes(start.bytes)} | ${mebibytes(end.bytes)} | ${handles(start.handles)} | ${handles(end.handles)} |`
  console.log(row)
  for (const one of wrong.slice(0, 20)) console.log(one)
  rows.push(row)
  if (
    wrong.length > 0 ||
    inFlight !== 0 ||
    handles(end.handles) > handles(start.handles) ||
    end.bytes - start.bytes > ROOM
  )
    failed = true
}
record('soak', [
  `${minutes} ${minutes === 1 ? 'minute' : 'minutes'} each, Node ${process.version}, ${today()}.`,
  '',
  '| hops | visits | changes of the model | wrong | MiB at the start | MiB at the end | handles at the start | at the end |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ...rows,
])
process.exit(failed ? 1 : 0)
