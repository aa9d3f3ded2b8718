// Rewrites generated files by running every scripts/gen-*.mjs. Those that read upstream's sources need Go and the network, so they run on request only.
//
//   node scripts/gen.mjs               what is made from this repository
//   node scripts/gen.mjs --check       changes nothing, fails when one is out of date
//   node scripts/gen.mjs --upstream    also what is made from upstream's sources
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const scripts = dirname(fileURLToPath(import.meta.url))
const root = join(scripts, '..')

/** Runs the generators; with `check` the files are put back and the ones that changed are returned. */
export function generate({ check = false, upstream = false } = {}) {
  const before = check ? outputs() : new Map()
  for (const name of readdirSync(scripts)
    .filter((name) => /^gen-.*\.mjs$/.test(name))
    .sort()) {
    if (!upstream && readFileSync(join(scripts, name), 'utf8').includes('./go-module.mjs')) continue
    execFileSync(process.execPath, [join(scripts, name)], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }
  if (!check) return []
  const stale = []
  for (const [path, text] of outputs()) {
    if (before.get(path) === text) continue
    stale.push(path)
    if (before.has(path)) writeFileSync(join(root, path), before.get(path))
  }
  return stale
}

/** Whatever a generator may write: *.gen.* in src/, and pages in docs/. */
function outputs() {
  const list = (folder, test) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((name) => join(folder, name))
      .filter((name) => test.test(name))
  return new Map(
    [...list('src', /\.gen\.\w+$/), ...list('docs', /\.md$/)].map((path) => [
      path,
      readFileSync(join(root, path), 'utf8'),
    ]),
  )
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const stale = generate({
    check: process.argv.includes('--check'),
    upstream: process.argv.includes('--upstream'),
  })
  for (const path of stale) console.error(`out of date: ${path} (npm run gen)`)
  process.exitCode = stale.length === 0 ? 0 : 1
}
