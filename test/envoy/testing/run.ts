// How many random requests a run sends, from which seed, and what is said of a failure: how to see it again, and what it is.
import type { Parameters, RunDetails } from 'fast-check'

const FEW = 400

export interface Run<T> {
  readonly requests: number
  readonly timeoutMs: number
  readonly parameters: Parameters<T> & { readonly seed: number }
}

function failure<T>(name: string, { failed, seed, counterexamplePath, errorInstance }: RunDetails<T>): void {
  if (!failed) return
  const again = `${name}_SEED=${seed} ${name}_PATH=${counterexamplePath ?? ''}`
  const said = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  throw new Error(`To see it again, run with ${again}\n\n${said}`)
}

/** From the variables NAME_REQUESTS, NAME_SEED and NAME_PATH; `few`: what every test run sends. A failure is not shrunk: that would send thousands of requests more. */
export function runOf<T>(name: string, perModel: number, few = FEW): Run<T> {
  const variable = (what: string): string | undefined => process.env[`${name}_${what}`]
  const requests = Number(variable('REQUESTS') ?? few)
  const path = variable('PATH')
  return {
    requests,
    timeoutMs: 35 * 60_000,
    parameters: {
      // The few of every test run are always the same; a long run draws its own.
      seed: Number(variable('SEED') ?? (requests === few ? 1 : Date.now() % 2 ** 31)),
      numRuns: Math.ceil(requests / perModel),
      endOnFailure: true,
      interruptAfterTimeLimit: 30 * 60_000,
      ...(path === undefined ? {} : { path }),
      asyncReporter: async (details) => failure(name, details),
    },
  }
}
