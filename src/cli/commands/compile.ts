// sallyport compile: the model that files make, and what is wrong with them, without a cluster.
import { type Command, Option } from 'commander'
import { createCompiler } from '../../compile/compile.ts'
import { hold, passingAuthority } from '../../control/file-snapshot.ts'
import { UserError } from '../../control/user-error.ts'
import { diagnosticJson } from '../../diagnostics/json.ts'
import { renderDiagnostics } from '../../diagnostics/terminal.ts'
import type { BlobStore } from '../../engines/engine.ts'
import { staticBootstrap } from '../../engines/envoy/lower/static.ts'
import { printModel } from '../../ir/print.ts'
import type { Model } from '../../ir/proxy.ts'
import { type OutputOption, printJson } from '../output-option.ts'
import { readManifests } from '../read-objects.ts'

interface CompileOptions {
  /** `envoy`: the configuration of each proxy as an Envoy would be given it in a file. */
  readonly output: OutputOption['output'] | 'envoy'
  readonly filename: readonly string[]
  readonly namespace?: string
  readonly proxy?: string
}

export function register(command: Command): void {
  command
    .addOption(
      new Option('-o, --output <format>', 'how to print').choices(['text', 'json', 'envoy']).default('text'),
    )
    .option('--proxy <id>', 'with -o envoy: only this one')
    .requiredOption('-f, --filename <path...>', 'files and folders of manifests')
    .option('-n, --namespace <name>', 'of objects that name none')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport compile -f manifests/\n  $ sallyport compile -f ingress.yaml -o json\n  $ sallyport compile -f manifests/ -o envoy --proxy gateway/istio-system/istio-ingressgateway > envoy.yaml',
    )
    .action(compile)
}

async function compile(options: CompileOptions): Promise<void> {
  const { namespace } = options
  const now = Date.now()
  const held = hold(passingAuthority(now))
  const read = await readManifests(options.filename, {
    now,
    held,
    ...(namespace === undefined ? {} : { namespace }),
  })
  const { model, diagnostics } = createCompiler().compile(read.snapshot)
  const findings = [...read.diagnostics, ...diagnostics]
  if (options.output === 'envoy') printEnvoy(model, held.store, options.proxy)
  else if (options.output === 'json') printJson({ model, diagnostics: findings.map(diagnosticJson) })
  else {
    process.stdout.write(printModel(model))
    const color = Boolean(process.stderr.isTTY) && !process.env['NO_COLOR']
    process.stderr.write(renderDiagnostics(findings, { source: (file) => read.texts.get(file), color }))
  }
  if (findings.some((finding) => finding.severity === 'error')) process.exitCode = 1
}

/** A YAML document per proxy. Throws UserError when the proxy asked for is not there. */
function printEnvoy(model: Model, blobs: BlobStore, id: string | undefined): void {
  const proxies = model.proxies.filter((proxy) => id === undefined || proxy.id === id)
  if (id !== undefined && proxies.length === 0)
    throw new UserError(
      `there is no proxy ${id}`,
      `Choose one of ${model.proxies.map((proxy) => proxy.id).join(', ')}.`,
    )
  const documents = proxies.map((proxy) => {
    const config = staticBootstrap(proxy, (host, port) => ({ host, port }), blobs)
    return `# ${proxy.id}\n${JSON.stringify(config, null, 2)}\n`
  })
  process.stdout.write(documents.join('---\n'))
}
