// The access log of one side of a workload: the mesh's, then what Telemetry objects say of it.
import { Environment } from '@marcbachmann/cel-js'
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import type { AccessLogFormat } from '../../ir/listener.ts'
import { LOG_ATTRIBUTES } from '../../ir/log-filter.ts'
import { demandText } from '../demand.ts'
import type { Read } from '../graph/query.ts'
import { errorText } from '../text.ts'
import type { PodFacts } from '../workload/pod-facts.ts'
import { meshConfig, providerNamed } from './mesh-config.ts'
import type { Judged } from './problem.ts'
import { isFor, type Side, telemetriesFor } from './telemetries.ts'

/** What is absent stays as the profile has it. */
export interface AccessLog {
  readonly format?: AccessLogFormat
  readonly filter?: string
}

/** The built-in provider: the access log that the mesh configuration describes. */
const BUILT_IN = 'envoy'

/** The access log of a side; the ALB has its own format, and the mesh has no say in it. */
export function accessLogOf(read: Read, pod: PodFacts, side: Side): Judged<AccessLog> {
  const { config, origin: meshOrigin } = read(meshConfig, '')
  const diagnostics: Diagnostic[] = []
  const shown: AccessLogFormat = config.accessLogEncoding === 'JSON' ? 'istio-json' : 'istio-text'
  const formatOf = (name: string, origin: Origin): AccessLogFormat | undefined => {
    const provider = providerNamed(config, name)
    if (provider === undefined && name.toLowerCase() === BUILT_IN) return shown
    if (provider?.envoyFileAccessLog === undefined) {
      const message = `Provider ${name} is no access log that can be written: envoy, or an envoyFileAccessLog of the mesh configuration.`
      diagnostics.push(diagnostic('SP1101', origin, message))
      return undefined
    }
    return provider.envoyFileAccessLog.logFormat?.labels === undefined ? 'istio-text' : 'istio-json'
  }
  const inMesh = pod.role !== 'alb'
  const usual = inMesh ? config.defaultProviders?.accessLogging?.[0] : undefined
  const base = inMesh && config.accessLogFile === '' && usual === undefined ? 'off' : shown
  let format = usual === undefined ? base : (formatOf(usual, meshOrigin) ?? base)
  let filter: string | undefined
  for (const { object, origin } of telemetriesFor(read, pod)) {
    for (const [index, entry] of (object.spec?.accessLogging ?? []).entries()) {
      if (!isFor(entry.match?.mode, side)) continue
      const at = (field: string): Origin => origin(`spec.accessLogging[${index}].${field}`)
      const name = entry.providers?.[0]?.name ?? usual ?? BUILT_IN
      format = entry.disabled === true ? 'off' : (formatOf(name, at('providers[0].name')) ?? format)
      filter = usable(entry.filter?.expression, at('filter.expression'), diagnostics)
    }
  }
  const own = !inMesh && format !== 'off'
  return {
    value: {
      ...(own || format === 'istio-text' ? {} : { format }),
      ...(filter === undefined || format === 'off' ? {} : { filter }),
    },
    diagnostics,
  }
}

/** The expression if both engines can carry it out; else everything is logged. */
function usable(expression: unknown, origin: Origin, diagnostics: Diagnostic[]): string | undefined {
  if (expression === undefined || expression === '') return undefined
  try {
    const text = demandText(expression, 'filter.expression')
    const problem = problemOf(text)
    if (problem === undefined) return text
    diagnostics.push(diagnostic('SP1104', origin, problem))
  } catch (error) {
    diagnostics.push(diagnostic('SP1104', origin, errorText(error)))
  }
  return undefined
}

function problemOf(text: string): string | undefined {
  const environment = new Environment()
  for (const name of Object.keys(LOG_ATTRIBUTES)) environment.registerVariable(name, 'map')
  const { valid, error, type } = environment.check(text)
  if (!valid) return `The expression cannot be read: ${error?.message.split('\n')[0] ?? 'unknown reason'}`
  if (type !== 'bool' && type !== 'dyn') return `The expression is of type ${type}, not bool.`
  return unknownAttribute(environment.parse(text).ast)
}

const KNOWN: Readonly<Record<string, readonly string[]>> = LOG_ATTRIBUTES

/** What of an expression's attributes is not there. */
function unknownAttribute(part: unknown): string | undefined {
  if (Array.isArray(part)) return part.map(unknownAttribute).find((one) => one !== undefined)
  if (typeof part !== 'object' || part === null || !('op' in part) || !('args' in part)) return undefined
  const { op, args } = part
  if (op === '.' && Array.isArray(args)) {
    const [of, field] = args as [{ readonly op?: unknown; readonly args?: unknown }, string]
    const fields = of.op === 'id' ? KNOWN[String(of.args)] : undefined
    if (fields !== undefined && !fields.includes(field)) {
      return `${String(of.args)}.${field} is not known here; there are ${fields.join(', ')}.`
    }
  }
  return unknownAttribute(args)
}
