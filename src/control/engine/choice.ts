// Which engine carries which kind of proxy: the value of `up --engine`.
import type { Proxy } from '../../ir/proxy.ts'

export type EngineKind = 'node' | 'envoy'
export type EngineChoice = Readonly<Record<Proxy['kind'], EngineKind>>

const KINDS: readonly Proxy['kind'][] = ['alb', 'gateway', 'sidecar']
const isEngine = (text: string | undefined): text is EngineKind => text === 'node' || text === 'envoy'

/** Everything on one engine. */
export const everywhere = (engine: EngineKind): EngineChoice => ({
  alb: engine,
  gateway: engine,
  sidecar: engine,
})

/** Reads `node`, `envoy` or `alb=node,gateway=envoy` (what is not named stays on node); undefined when it is none of them. */
export function parseEngineChoice(text: string): EngineChoice | undefined {
  if (isEngine(text)) return everywhere(text)
  let choice = everywhere('node')
  for (const part of text.split(',')) {
    const [kind, engine, ...more] = part.split('=')
    const known = KINDS.find((one) => one === kind)
    if (known === undefined || !isEngine(engine) || more.length > 0) return undefined
    choice = { ...choice, [known]: engine }
  }
  return choice
}

/** As the user would write it. */
export function engineChoiceText(choice: EngineChoice): string {
  const engines = new Set(KINDS.map((kind) => choice[kind]))
  return engines.size === 1 ? [...engines].join('') : KINDS.map((kind) => `${kind}=${choice[kind]}`).join(',')
}
