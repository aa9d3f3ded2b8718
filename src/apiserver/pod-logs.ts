// The hook behind pods/NAME/log: the API server knows nothing of processes, whoever runs them answers.

/** The query of `pods/log` (kubernetes-api.md 1.10). */
export interface PodLogOptions {
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

/** Gives the bytes of a container's log. Throws ApiError: 404 for a missing pod, 400 for a container that is not named, unknown or not started. */
export type PodLogs = (
  namespace: string,
  pod: string,
  options: PodLogOptions,
) => Promise<AsyncIterable<Uint8Array>>
