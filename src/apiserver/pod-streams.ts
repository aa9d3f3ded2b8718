// The hook behind pods/NAME/exec and pods/NAME/portforward: the API server knows nothing of processes, whoever runs them answers.
import type { Duplex } from 'node:stream'

/** A process started beside a container. */
export interface ExecProcess {
  readonly stdin: NodeJS.WritableStream
  readonly stdout: NodeJS.ReadableStream
  readonly stderr: NodeJS.ReadableStream
  /** Exit code; 128 + signal when killed. */
  readonly exited: Promise<number>
  kill(): void
}

export interface PodStreams {
  /** Runs a command beside a container. Throws ApiError: 404 for a missing pod, 400 for a container that is not named, unknown or without a process. */
  exec(
    namespace: string,
    pod: string,
    options: { readonly container?: string; readonly command: readonly string[] },
  ): Promise<ExecProcess>
  /** Connects to a port of a pod's program, past its sidecar. Throws when nothing listens. */
  dial(namespace: string, pod: string, port: number): Promise<Duplex>
}
