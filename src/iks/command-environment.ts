// The environment of one command inside the cluster: the caller's with the cluster's over it.
import { delimiter } from 'node:path'

/** What `run-environment.ts` prepares once per running cluster. Plain data: it travels over the admin socket. */
export interface RunEnvironment {
  readonly variables: Readonly<Record<string, string>>
  /** Put before PATH. */
  readonly path: readonly string[]
  /** Added to NODE_OPTIONS. */
  readonly nodeOptions: string
  /** Files for `mountNamespace`; absent where real ports cannot be bound, so that names alone would not help: why. */
  readonly nameFiles: NameFiles | { readonly unavailable: string }
}

/** Files to be mounted over those of the system, for programs that know neither proxy nor trust variables. */
export interface NameFiles {
  readonly hosts: string
  /** Absent when DNS is not on port 53. */
  readonly resolvConf?: string
  /** The bundle with the cluster's anchors and the system's file that it extends. */
  readonly trust?: { readonly bundle: string; readonly over: string }
}

/** The variables for a command whose caller has `base`. */
export function commandEnvironment(
  environment: Pick<RunEnvironment, 'variables' | 'path' | 'nodeOptions'>,
  base: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const { variables, path, nodeOptions } = environment
  const before = base['NODE_OPTIONS'] ?? ''
  return {
    ...base,
    ...variables,
    PATH: [...path, ...(base['PATH'] ? [base['PATH']] : [])].join(delimiter),
    // A shell inside a shell: the same words are not added twice.
    NODE_OPTIONS: before.includes(nodeOptions) ? before : `${before} ${nodeOptions}`.trim(),
  }
}
