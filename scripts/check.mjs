// npm run check: everything that needs nothing but Node, in under a minute on two cores. Prints what failed, then one line per part, then the totals.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const report = join(root, '.cache', 'unit.json')
const bin = (name) => join(root, 'node_modules', '.bin', name)

/** The longest first: the rest fits in beside it. */
const parts = [
  [
    'unit tests and cases',
    bin('vitest'),
    ['run', '--project', 'unit', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  ],
  ['types', bin('tsc'), ['-p', 'tsconfig.json']],
  ['import direction', bin('depcruise'), ['--config', '.dependency-cruiser.mjs', 'src']],
  ['format and lint', bin('biome'), ['check', '.']],
  ['generated files', process.execPath, ['scripts/gen.mjs', '--check']],
]

function run([name, command, args]) {
  return new Promise((resolve) => {
    const begun = performance.now()
    let output = ''
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => (output += error.message))
    child.on('close', (code) =>
      resolve({ name, ok: code === 0, output, seconds: (performance.now() - begun) / 1000 }),
    )
  })
}

mkdirSync(dirname(report), { recursive: true })
rmSync(report, { force: true })
const queue = [...parts]
const results = []
await Promise.all(
  Array.from({ length: Math.max(2, Math.min(availableParallelism(), parts.length)) }, async () => {
    for (let part = queue.shift(); part; part = queue.shift()) {
      const result = await run(part)
      results.push(result)
      if (!result.ok) console.log(`\n── ${result.name} ──\n${result.output.trimEnd()}\n`)
    }
  }),
)

let passed = 0
let failed = 0
for (const [name] of parts) {
  const result = results.find((one) => one.name === name)
  if (result.ok) passed += 1
  else failed += 1
  console.log(`${result.ok ? 'ok    ' : 'FAILED'} ${name} (${result.seconds.toFixed(1)} s)`)
}
try {
  const unit = JSON.parse(readFileSync(report, 'utf8'))
  passed += unit.numPassedTests
  failed += unit.numFailedTests
} catch {
  console.log('the unit tests left no report')
  failed += 1
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
