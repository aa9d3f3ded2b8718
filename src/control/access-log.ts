// The access log of all proxies: a file in the data folder, the last lines in memory, and whoever follows.
import { createWriteStream, renameSync, statSync, type WriteStream } from 'node:fs'

export interface AccessLine {
  /** The proxy's id: `alb/public-…`, `gateway/istio-system/istio-ingressgateway`. */
  readonly proxy: string
  readonly line: string
}

const KEPT_IN_MEMORY = 2000
const FILE_LIMIT = 16 * 1024 * 1024
const FLUSH_MS = 100

export class AccessLog {
  readonly #path: string
  #stream: WriteStream
  #size: number
  #pending: string[] = []
  #timer: NodeJS.Timeout | undefined
  readonly #lines: AccessLine[] = []
  readonly #followers = new Set<(line: AccessLine) => void>()

  /** Appends to the file at `path`; when it is full, it becomes `<path>.1`. */
  constructor(path: string) {
    this.#path = path
    this.#stream = open(path)
    this.#size = sizeOf(path)
  }

  write(proxy: string, line: string): void {
    const entry = { proxy, line }
    this.#lines.push(entry)
    if (this.#lines.length > KEPT_IN_MEMORY * 2) this.#lines.splice(0, KEPT_IN_MEMORY)
    for (const follower of this.#followers) follower(entry)
    this.#pending.push(`${proxy} ${line}\n`)
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref()
  }

  /** The last `count` lines, oldest first; of proxies whose id contains `proxy`. */
  tail(count: number, proxy = ''): readonly AccessLine[] {
    if (count <= 0) return []
    return this.#lines.filter((entry) => entry.proxy.includes(proxy)).slice(-count)
  }

  /** Calls `follower` for each line from now on; returns the function that ends that. */
  follow(follower: (line: AccessLine) => void): () => void {
    this.#followers.add(follower)
    return () => this.#followers.delete(follower)
  }

  async close(): Promise<void> {
    this.#flush()
    await new Promise<void>((resolve) => this.#stream.end(resolve))
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#pending.length === 0) return
    const text = this.#pending.join('')
    this.#pending = []
    if (this.#size + text.length > FILE_LIMIT) this.#rotate()
    this.#size += text.length
    this.#stream.write(text)
  }

  #rotate(): void {
    this.#stream.end()
    try {
      renameSync(this.#path, `${this.#path}.1`)
    } catch {
      // A log that cannot be rotated goes on in the same file.
    }
    this.#stream = open(this.#path)
    this.#size = 0
  }
}

function open(path: string): WriteStream {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 })
  // A full disk costs log lines, never traffic.
  stream.on('error', () => undefined)
  return stream
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}
