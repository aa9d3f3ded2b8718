// What the proxy answers on its own.

/** An answer that the proxy itself makes. */
export interface LocalReply {
  readonly status: number
  readonly body?: string
  /** Absent: the profile's page around `body`. */
  readonly contentType?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly flag?: string
  readonly details: string
  /** For x-sallyport-reason; absent: flag and details. */
  readonly reason?: string
}
