// sallyport xds: a control plane for Envoys that run elsewhere, from files.
import { mkdirSync, watch } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { createCompiler } from '../../compile/compile.ts'
import { dataRoot } from '../../control/data/paths.ts'
import { xdsIdentities } from '../../control/engine/xds-identities.ts'
import { fileSnapshot, hold } from '../../control/file-snapshot.ts'
import { logLine } from '../../control/log-diagnostic.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { createEnvoyEngine } from '../../engines/envoy/index.ts'
import { writeBootstrap } from '../../engines/envoy/run/write-bootstrap.ts'
import type { Model } from '../../ir/proxy.ts'
import { openMeshAuthority } from '../../pki/mesh-authority.ts'

interface XdsOptions {
  readonly listen: { readonly host: string; readonly port: number }
  readonly filename: readonly string[]
  readonly namespace?: string
  readonly data?: string
  readonly plaintext?: true
  readonly bind?: string
}

export function register(command: Command): void {
  command
    .option('--listen <address>', 'where Envoys ask (port 0: chosen by the system)', parseListen, {
      host: '127.0.0.1',
      port: 18_000,
    })
    .requiredOption('-f, --filename <path...>', 'files and folders of manifests, watched')
    .option('-n, --namespace <name>', 'of objects that name none')
    .option('--data <folder>', 'where its authority and the bootstraps are kept')
    .option(
      '--bind <address>',
      'where the proxies listen on their machines (default: the addresses of the model)',
    )
    .option('--plaintext', 'take anybody, without certificates: for tests on one machine')
    .addHelpText(
      'after',
      '\nIt writes a bootstrap for each proxy and prints where: start an Envoy with `envoy -c FILE`.\n\nExamples:\n  $ sallyport xds -f manifests/\n  $ sallyport xds --listen 0.0.0.0:18000 -f manifests/',
    )
    .action(serve)
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const warn = (diagnostic: Diagnostic): void => void process.stderr.write(`${logLine(diagnostic)}\n`)

async function serve({ listen, filename, namespace, data, plaintext, bind }: XdsOptions): Promise<void> {
  const folder = join(dataRoot(data), 'xds')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const authority = await openMeshAuthority({ folder })
  let keysChanged = (): void => undefined
  const held = hold(authority, () => keysChanged())
  const compiler = createCompiler()
  const identities = plaintext ? undefined : xdsIdentities(authority)
  const bound = new Set<string>()
  const engine = await createEnvoyEngine({
    listen,
    directory: folder,
    locate: (host, port) => ({ host: bind !== undefined && bound.has(host) ? bind : host, port }),
    accessLog: () => undefined,
    report: warn,
    log: (text) => void process.stderr.write(`${text}\n`),
    ...identities,
  })
  say(`serving xDS on ${listen.host}:${engine.port}${plaintext ? ' without TLS' : ''}`)

  const known = new Set<string>()
  const introduce = ({ proxies }: Model): void => {
    for (const proxy of proxies.filter(({ id }) => !known.has(id))) {
      known.add(proxy.id)
      const identity = identities && { ...identities.client(proxy.id), server: identities.server.uri }
      const file = writeBootstrap(join(folder, 'bootstraps', proxy.id.replaceAll('/', '_')), proxy, {
        ads: { host: reachable(listen.host), port: engine.port },
        admin: { host: '127.0.0.1', port: 0 },
        ...(identity ? { identity } : {}),
      })
      say(`${proxy.id}: ${file}`)
    }
  }
  let version = 0
  const update = async (): Promise<void> => {
    const read = await fileSnapshot(filename, {
      now: Date.now(),
      held,
      ...(namespace === undefined ? {} : { namespace }),
    })
    const { model, diagnostics } = compiler.compile(read.snapshot)
    for (const diagnostic of [...read.diagnostics, ...diagnostics]) warn(diagnostic)
    for (const { address } of model.proxies.flatMap(({ listeners }) =>
      listeners.flatMap(({ binds }) => binds),
    ))
      bound.add(address)
    introduce(model)
    version += 1
    const { rejected } = await engine.apply({ version, model, blobs: held.store })
    for (const lease of [...held.pem.takeRetired(), ...held.identities.takeRetired()]) lease.release()
    say(
      `version ${version}: ${model.proxies.length} proxies${rejected.length > 0 ? `, ${rejected.length} refusals` : ''}`,
    )
  }
  await update()
  await untilStopped(filename, update, (soon) => {
    keysChanged = soon
  })
  held.issuerKeys.close()
  await engine.close()
}

/** Updates after each change of the files or keys, one at a time, and on time for certificates; resolves at SIGINT or SIGTERM. */
function untilStopped(
  paths: readonly string[],
  update: () => Promise<void>,
  started: (soon: () => void) => void,
): Promise<void> {
  let last = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      last = last.then(update).catch((error: Error) => void process.stderr.write(`${error.message}\n`))
    }, SETTLE_MS)
  }
  const watchers = paths.map((path) => watch(resolve(path), { recursive: true }, soon))
  started(soon)
  const renewal = setInterval(soon, RENEWAL_MS)
  return new Promise((done) => {
    const stop = (): void => {
      for (const watcher of watchers) watcher.close()
      clearInterval(renewal)
      clearTimeout(timer)
      void last.then(done)
    }
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
  })
}

/** An editor writes a file in several steps. */
const SETTLE_MS = 50
const RENEWAL_MS = 3_600_000

const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host)

function parseListen(text: string): XdsOptions['listen'] {
  const colon = text.lastIndexOf(':')
  const port = Number(text.slice(colon + 1))
  if (colon < 1 || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('Write address:port, such as 127.0.0.1:18000.')
  return { host: text.slice(0, colon), port }
}
