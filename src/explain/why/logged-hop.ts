// What one door's access log says of a request.

export interface LoggedHop {
  readonly proxy: string
  readonly line: string
  /** When the request began, as it stands in the line. */
  readonly time: string
  /** The same in milliseconds since the epoch. */
  readonly start: number
  readonly durationMs: number
  readonly method?: string
  readonly authority?: string
  readonly scheme?: string
  readonly path?: string
  /** 0: there was no answer. */
  readonly status: number
  readonly flags?: string
  readonly details?: string
  readonly transportFailure?: string
  readonly requestId?: string
  readonly upstreamHost?: string
  readonly upstreamCluster?: string
  /** The address that the connection came to. */
  readonly local?: string
  readonly sni?: string
  readonly routeName?: string
}
