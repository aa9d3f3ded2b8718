// The form of requests.yaml: what is sent to a case's proxies, and what must come back. See cases/README.md.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

export interface CaseRequest {
  readonly name: string
  /** `alb`, `gateway`, `pod namespace/name` (the pod's own address), `outbound namespace/name` (its sidecar as a proxy), or `address:port`. */
  readonly to: string
  readonly url: string
  /** Default: the host of the URL; empty: none is sent. */
  readonly sni?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Size of the body in bytes. */
  readonly bodyBytes?: number
  /** The credential that the client presents; `mesh namespace/serviceAccount` for a workload's. */
  readonly client?: string
  /** The authority that the server's certificate must come from; absent: it is not checked. */
  readonly trust?: string
  readonly alpn?: readonly string[]
  readonly expect: Expectation
  /** What comes back depends on an answer that a trace cannot know. */
  readonly unforeseen?: boolean
}

export interface Expectation {
  readonly status?: number
  /** `refused`: no HTTP answer, because the handshake failed or the connection was closed at once. */
  readonly connection?: 'refused'
  /** Response headers; null: must not be there. */
  readonly headers?: Readonly<Record<string, string | null>>
  /** A part of the body. */
  readonly body?: string
  /** The response flag in the access log of the first proxy. */
  readonly flag?: string
  /** The reason code of a response that a proxy made itself. */
  readonly reason?: string
  /** What the program that answered saw. */
  readonly upstream?: {
    readonly path?: string
    readonly method?: string
    /** The address it was reached at, as in the model. */
    readonly address?: string
    readonly headers?: Readonly<Record<string, string | null>>
    /** What it saw of TLS, when it speaks TLS itself. */
    readonly sni?: string
    readonly client?: string
  }
}

/** The requests of a case folder; none when it has no requests.yaml. */
export async function readRequests(folder: string): Promise<readonly CaseRequest[]> {
  const file = join(folder, 'requests.yaml')
  return existsSync(file) ? (parse(await readFile(file, 'utf8')) as readonly CaseRequest[]) : []
}
