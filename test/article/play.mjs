// Plays article.sh on an ephemeral cluster of its own, as a user would: up, run, down. Prints what the commands print; exits 0 when both doors served the
// teapot and nothing is left behind.
//
//   node test/article/play.mjs             with the kubectl on PATH
//   node test/article/play.mjs 1.24        with the pinned kubectl of this minor version
//   node test/article/play.mjs --engine envoy     options are those of `up`
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kubectl } from '../../scripts/kubectl.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')
const [first, ...others] = process.argv.slice(2)
const minor = first?.startsWith('--') ? undefined : first
const upOptions = minor === undefined && first !== undefined ? [first, ...others] : others

const folder = mkdtempSync(join(tmpdir(), 'sallyport-article-'))
const data = join(folder, 'data')
const scratch = join(folder, 'scratch')
mkdirSync(scratch)
symlinkSync(join(root, 'samples'), join(scratch, 'samples'))
const path = minor === undefined ? [] : [dirname(await kubectl(minor))]
// A home of its own: kubectl keeps what it discovered of an address for hours.
const env = { ...process.env, HOME: scratch, PATH: [...path, process.env.PATH].join(delimiter) }

/** Runs sallyport; resolves with its exit code and what it printed. */
function sallyport(...args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'bin', 'sallyport.mjs'), ...args], {
      cwd: scratch,
      env,
    })
    let output = ''
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      from.on('data', (chunk) => {
        output += chunk
        to.write(chunk)
      })
    }
    child.on('close', (code) => resolve({ code, output }))
  })
}

const problems = []
const up = await sallyport('up', '--detach', '--ephemeral', '--data', data, ...upOptions)
if (up.code !== 0) problems.push(`up ended with code ${up.code}`)
else {
  const article = await sallyport('run', '--data', data, '--', 'bash', join(here, 'article.sh'))
  if (article.code !== 0) problems.push(`the article ended with code ${article.code}`)
  const teapots = article.output.split('-=[ teapot ]=-').length - 1
  if (teapots !== 2) problems.push(`${teapots} teapots instead of 2`)
  const down = await sallyport('down', '--data', data)
  if (down.code !== 0) problems.push(`down ended with code ${down.code}`)
  if (existsSync(data) && readdirSync(data).length > 0) problems.push(`left behind: ${readdirSync(data)}`)
}
rmSync(folder, { recursive: true, force: true })
for (const problem of problems) console.error(`article: ${problem}`)
process.exitCode = problems.length === 0 ? 0 : 1
