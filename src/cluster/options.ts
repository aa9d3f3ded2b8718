// What a running cluster needs from those who compose it, and what it offers them.
import type { Duplex } from 'node:stream'
import type { ApiClient } from '../apiserver/client.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { AddressPlan } from './addresses/plan.ts'
import type { Pod } from './objects/pod.ts'
import type { PlatformOptions } from './platform/options.ts'

/** A command that stands for an image. `$(VAR)` in it is replaced from the container's environment, which has `SALLYPORT_ADDRESS` and `SALLYPORT_PORT_<n>`. */
export interface ImageCommand {
  readonly command: readonly string[]
  /** Ports on which it listens besides those that the container declares. */
  readonly ports?: readonly number[]
}

export interface ClusterOptions {
  readonly client: ApiClient
  readonly addresses: AddressPlan
  /** Where pods' volumes and logs live (`pods/`, `logs/pods/` inside it). Created when missing. */
  readonly folder: string
  /** The bundle of src/cluster/programs/main.ts. */
  readonly program: string
  /** Commands by image name: `name`, `repository/name`, either with `:tag`; the most exact entry wins. They come before built-in programs. */
  readonly images?: Readonly<Record<string, ImageCommand>>
  /** Whether the engine has the listeners of this pod (its sidecar, or the proxy it is) in force. */
  readonly proxyReady: (pod: Pod) => boolean
  /** PEM: the API server's CA (`kube-root-ca.crt`) and the mesh root (`istio-ca-root-cert`), published in every namespace. */
  readonly roots: { readonly cluster: string; readonly mesh: string }
  /** The objects that a new cluster comes with. */
  readonly platform: PlatformOptions
  /** More variables for a pod's processes (a proxy for pods without a sidecar, CA bundles). Those of the pod's spec win. */
  readonly environment?: (pod: Pod) => Readonly<Record<string, string>>
  /** Issues the token of a projected serviceAccountToken volume; without it that file is left out. */
  readonly serviceAccountToken?: (request: {
    readonly namespace: string
    readonly serviceAccount: string
    readonly audience?: string
    readonly expirationSeconds?: number
    readonly pod: string
  }) => Promise<string>
  readonly report: (diagnostic: Diagnostic) => void
}

/** The query of `pods/log` (kubernetes-api.md 1.10). */
export interface LogOptions {
  readonly container?: string
  readonly follow?: boolean
  readonly previous?: boolean
  readonly tailLines?: number
  readonly sinceSeconds?: number
  /** RFC 3339. */
  readonly sinceTime?: string
  readonly timestamps?: boolean
  readonly limitBytes?: number
}

export interface ExecOptions {
  readonly container?: string
  readonly command: readonly string[]
}

/** A process started inside a container's surroundings (its environment, folder and network address). */
export interface ExecProcess {
  readonly stdin: NodeJS.WritableStream
  readonly stdout: NodeJS.ReadableStream
  readonly stderr: NodeJS.ReadableStream
  /** Exit code; 128 + signal when killed. */
  readonly exited: Promise<number>
  kill(): void
}

export interface ClusterRuntime {
  /** The log of a container. Throws ApiError: 404 for a missing pod, 400 when the container is not named, unknown or not started. End the iteration to stop following. */
  podLogs(namespace: string, pod: string, options?: LogOptions): Promise<AsyncIterable<Uint8Array>>
  /** Runs a command beside a container. Throws ApiError like podLogs. */
  exec(namespace: string, pod: string, options: ExecOptions): Promise<ExecProcess>
  /** Connects to a port of a pod's program, past its sidecar. Throws ApiError 404 for a missing pod, Error when nothing listens. */
  dial(namespace: string, pod: string, port: number): Promise<Duplex>
  /** Adds lines to the log of a pod's proxy container (access log), without newline. Unknown pods are ignored. */
  proxyLog(namespace: string, pod: string, line: string): void
  /** To be called when `proxyReady` may answer differently (after each acknowledged update of the engine). */
  proxiesChanged(): void
  /** Ends every process and closes every socket. Objects stay as they are; a later start brings the pods back at their addresses. */
  close(): Promise<void>
}
