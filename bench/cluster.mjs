// A cluster under measurement: started, set up and asked over its real addresses, without a client's process start in the figures.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const run = promisify(execFile)

export const median = (samples) => percentile(samples, 50)

export function percentile(samples, percent) {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))]
}

export class BenchCluster {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  scratch = join(this.folder, 'scratch')

  constructor() {
    mkdirSync(this.scratch)
    symlinkSync(join(root, 'samples'), join(this.scratch, 'samples'))
  }

  async sallyport(...args) {
    const env = { ...process.env, HOME: this.scratch, SALLYPORT_DATA: join(this.folder, 'data') }
    const entry = join(process.env.ENTRY ?? root, process.env.ENTRY ? '' : 'bin/sallyport.mjs')
    return (await run(process.execPath, [entry, ...args], { cwd: this.scratch, env, maxBuffer: 1 << 26 }))
      .stdout
  }

  async up(...args) {
    this.summary = JSON.parse(await this.sallyport('up', '--detach', '-o', 'json', ...args))
  }

  down() {
    return this.sallyport('down')
  }

  async remove() {
    await this.down()
    rmSync(this.folder, { recursive: true, force: true })
  }

  bash(script) {
    return this.sallyport('run', '--', 'bash', '-euo', 'pipefail', '-c', script)
  }

  /** Plays the article up to its clean-up, and leaves what a client needs beside the cluster. */
  async article() {
    const script = readFileSync(join(root, 'test', 'article', 'article.sh'), 'utf8').split('\n## Cleanup')[0]
    await this.bash(`${script}
curl -sS https://letsencrypt.org/certs/trustid-x3-root.pem --output root.pem
kubectl get secret $ALB_SECRET -o jsonpath='{.data.tls\\.crt}' | base64 --decode > client.crt
kubectl get secret $ALB_SECRET -o jsonpath='{.data.tls\\.key}' | base64 --decode > client.key
kubectl -n httptools rollout status deployment/httpbin`)
    this.summary = JSON.parse(await this.sallyport('status', '-o', 'json'))
  }

  /** Both doors, as a client reaches them. */
  async doors() {
    const file = (name) => readFileSync(join(this.scratch, name))
    const find = (kind) => this.summary.doors.find((door) => door.kind === kind)
    const client = { cert: file('client.crt'), key: file('client.key') }
    return {
      gateway: new Door(find('gateway'), find('gateway').domain, file('root.pem'), client),
      alb: new Door(find('alb'), `httpbin.${find('alb').domain}`, file('root.pem'), {}),
    }
  }

  /** The API as an administrator: `call(method, path, body, contentType)` resolves with status and parsed body. */
  api() {
    const config = readFileSync(this.summary.kubeconfig, 'utf8')
    const value = (key) => new RegExp(`${key}: (\\S+)`).exec(config)[1]
    const bytes = (key) => Buffer.from(value(key), 'base64')
    const options = {
      ca: bytes('certificate-authority-data'),
      cert: bytes('client-certificate-data'),
      key: bytes('client-key-data'),
    }
    return (method, path, body, type = 'application/json') =>
      send(
        `${value('server')}${path}`,
        { ...options, method, headers: body ? { 'content-type': type } : {} },
        body,
      )
  }
}

export class Door {
  constructor({ https }, name, ca, client) {
    const [host, port] = https.split(':')
    this.options = { host, port: Number(port), servername: name, ca, ...client, headers: { host: name } }
  }

  /** The status of one request on a new connection. */
  get(path) {
    return send(undefined, { ...this.options, path, agent: false }).then((answer) => answer.status)
  }

  async untilTeapot() {
    for (;;) if ((await this.get('/status/418').catch(() => 0)) === 418) return
  }
}

function send(url, options, body) {
  return new Promise((resolve, reject) => {
    const taken = (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode, text }))
      response.on('error', reject)
    }
    const sent = url === undefined ? request(options, taken) : request(url, options, taken)
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
