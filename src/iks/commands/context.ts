// What an `ibmcloud` command runs with, and what it gives back: no process state.
import type { Provider } from '../provider-contract.ts'

export interface IbmcloudContext {
  readonly provider: Provider
  /** Of the caller's process: `cluster config` merges into the first file of KUBECONFIG, else HOME/.kube/config. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The kubeconfig (YAML text) of the running cluster. */
  readonly kubeconfig: () => Promise<string>
}

export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}
