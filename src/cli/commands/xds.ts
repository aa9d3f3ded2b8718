// sallyport xds: a control plane for Envoys that run elsewhere, from files or from a cluster.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { createCompiler } from '../../compile/compile.ts'
import { dataRoot } from '../../control/data/paths.ts'
import { xdsIdentities } from '../../control/engine/xds-identities.ts'
import { type Held, hold } from '../../control/file-snapshot.ts'
import { logLine } from '../../control/log-diagnostic.ts'
import { clusterSource, fileSource, type ObjectSource } from '../../control/object-source.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { type AdsIdentities, createEnvoyEngine } from '../../engines/envoy/index.ts'
import { writeBootstrap, writeIdentity } from '../../engines/envoy/run/write-bootstrap.ts'
import type { Model } from '../../ir/proxy.ts'
import { openMeshAuthority } from '../../pki/mesh-authority.ts'
import { parseDuration } from '../duration.ts'
import { addObjectOptions, clusterChoice, type ObjectOptions } from '../read-objects.ts'

interface XdsOptions extends ObjectOptions {
  readonly listen: { readonly host: string; readonly port: number }
  readonly plaintext?: true
  readonly bind?: string
  readonly meshCertLifetime?: number
}

export function register(command: Command): void {
  addObjectOptions(command)
    .option('--listen <address>', 'where Envoys ask (port 0: chosen by the system)', parseListen, {
      host: '127.0.0.1',
      port: 18_000,
    })
    .option(
      '--bind <address>',
      'where the proxies listen on their machines (default: the addresses of the model)',
    )
    .option(
      '--mesh-cert-lifetime <duration>',
      'of the identities, renewed at half of it (24h)',
      parseDuration,
    )
    .option('--plaintext', 'take anybody, without certificates: for tests on one machine')
    .addHelpText(
      'after',
      `
It writes a bootstrap for each proxy and prints where: start an Envoy with \`envoy -c FILE\`. The identity beside it is renewed in place; where
the Envoy runs on another machine, keep the folder in step. Files and clusters are watched; what cannot be read leaves the last good configuration in force.

Examples:
  $ sallyport xds -f manifests/
  $ sallyport xds --listen 0.0.0.0:18000 --kubeconfig ~/.kube/config --context production
  $ sallyport xds --name mycluster                 # the cluster that \`sallyport up\` runs`,
    )
    .action(serve)
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const complain = (text: string): void => void process.stderr.write(`${text}\n`)
const warn = (diagnostic: Diagnostic): void => complain(logLine(diagnostic))

async function serve(options: XdsOptions): Promise<void> {
  const { listen, plaintext, bind, meshCertLifetime } = options
  const folder = join(dataRoot(options.data), 'xds')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lifetime = meshCertLifetime === undefined ? {} : { lifetimeMs: meshCertLifetime }
  const authority = await openMeshAuthority({ folder, ...lifetime })
  let keysChanged = (): void => undefined
  const held = hold(authority, () => keysChanged())
  const source = sourceOf(options, held)
  const compiler = createCompiler()
  const identities = plaintext ? undefined : xdsIdentities(authority)
  const bound = new Set<string>()
  const engine = await createEnvoyEngine({
    listen,
    directory: folder,
    locate: (host, port) => ({ host: bind !== undefined && bound.has(host) ? bind : host, port }),
    accessLog: () => undefined,
    report: warn,
    log: complain,
    ...(identities ? { identities } : {}),
  })
  say(`serving xDS on ${listen.host}:${engine.port}${plaintext ? ' without TLS' : ''}`)
  const bootstraps = new Bootstraps(join(folder, 'bootstraps'), identities, {
    host: reachable(listen.host),
    port: engine.port,
  })

  let version = 0
  let said = ''
  let current: Model | undefined
  const update = async (): Promise<void> => {
    const read = await source.read(Date.now())
    const { model, diagnostics } = compiler.compile(read.snapshot)
    const findings = [...read.diagnostics, ...diagnostics]
    const text = findings.map(logLine).join('\n')
    if (text !== said) for (const diagnostic of findings) warn(diagnostic)
    said = text
    if (model === current) return
    current = model
    for (const { address } of model.proxies.flatMap(({ listeners }) =>
      listeners.flatMap(({ binds }) => binds),
    ))
      bound.add(address)
    bootstraps.introduce(model)
    version += 1
    const { rejected } = await engine.apply({ version, model, blobs: held.store })
    for (const lease of [...held.pem.takeRetired(), ...held.identities.takeRetired()]) lease.release()
    say(
      `version ${version}: ${model.proxies.length} proxies${rejected.length > 0 ? `, ${rejected.length} refusals` : ''}`,
    )
  }
  try {
    await update()
    await untilStopped(source, update, (soon) => {
      keysChanged = soon
    })
  } finally {
    bootstraps.close()
    held.issuerKeys.close()
    await engine.close()
  }
}

function sourceOf(options: XdsOptions, held: Held): ObjectSource {
  return options.filename === undefined
    ? clusterSource(clusterChoice(options), held, complain)
    : fileSource(options.filename, options.namespace, held)
}

/** The bootstrap of each proxy, written once, with an identity that is written again when it is renewed. */
class Bootstraps {
  readonly #folder: string
  readonly #identities: AdsIdentities | undefined
  readonly #ads: { readonly host: string; readonly port: number }
  readonly #known = new Set<string>()
  readonly close: () => void

  constructor(
    folder: string,
    identities: AdsIdentities | undefined,
    ads: { readonly host: string; readonly port: number },
  ) {
    this.#folder = folder
    this.#identities = identities
    this.#ads = ads
    const stop = identities?.onRenewed(() => {
      for (const id of this.#known) writeIdentity(this.#folderOf(id), this.#identityOf(id, identities))
    })
    this.close = () => stop?.()
  }

  introduce({ proxies }: Model): void {
    for (const proxy of proxies.filter(({ id }) => !this.#known.has(id))) {
      this.#known.add(proxy.id)
      const file = writeBootstrap(this.#folderOf(proxy.id), proxy, {
        ads: this.#ads,
        admin: { host: '127.0.0.1', port: 0 },
        ...(this.#identities ? { identity: this.#identityOf(proxy.id, this.#identities) } : {}),
      })
      say(`${proxy.id}: ${file}`)
    }
  }

  #folderOf(id: string): string {
    return join(this.#folder, id.replaceAll('/', '_'))
  }

  #identityOf(id: string, { client, server }: AdsIdentities) {
    return { ...client(id), server: server().uri }
  }
}

/** Updates after each change of objects or keys, one at a time, and on time for certificates; what fails leaves things as they are. Resolves at SIGINT or SIGTERM. */
function untilStopped(
  source: ObjectSource,
  update: () => Promise<void>,
  started: (soon: () => void) => void,
): Promise<void> {
  let last = Promise.resolve()
  let waiting = false
  const soon = (): void => {
    if (waiting) return
    waiting = true
    last = last.then(() => {
      waiting = false
      return update().catch((error: Error) => complain(`${error.message}; the last good configuration stays`))
    })
  }
  const stopWatching = source.watch(soon)
  started(soon)
  const renewal = setInterval(soon, RENEWAL_MS)
  return new Promise((done) => {
    const stop = (): void => {
      stopWatching()
      clearInterval(renewal)
      void last.then(done)
    }
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
  })
}

const RENEWAL_MS = 600_000

const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host)

function parseListen(text: string): XdsOptions['listen'] {
  const colon = text.lastIndexOf(':')
  const port = Number(text.slice(colon + 1))
  if (colon < 1 || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('Write address:port, such as 127.0.0.1:18000.')
  return { host: text.slice(0, colon), port }
}
