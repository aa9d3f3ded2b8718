// A watch over HTTP: one JSON object per line for as long as the client, its timeout or the server wants.
import { ApiError } from '../client.ts'
import type { ListOptions } from '../pipeline/list-options.ts'
import type { Target } from '../pipeline/request.ts'
import { type Event, type WatchHandle, watch } from '../pipeline/watch.ts'
import type { Exchange } from './exchange.ts'
import { type Presentation, presentBookmark, presentEvent } from './present.ts'

const BOOKMARK_EVERY_MS = 60_000
const LAST_BOOKMARK_BEFORE_MS = 2_000
/** A client that reads slower than this many bytes behind is cut off; it will list again. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024

/** Streams until the end; resolves then. Throws ApiError before the first byte, and only then. */
export async function streamWatch(
  exchange: Exchange,
  target: Target,
  options: ListOptions,
  presentation: Omit<Presentation, 'now'>,
): Promise<void> {
  const { core, response, closing } = exchange
  let first = true
  const start = (): void => {
    if (response.headersSent) return
    response.setHeader('Content-Type', 'application/json')
    response.writeHead(200)
    response.flushHeaders()
  }
  const sink = (event: Event): void => {
    start()
    if (response.writableEnded || response.destroyed) return
    const how = { ...presentation, now: core.now() }
    const object =
      event.type === 'BOOKMARK'
        ? presentBookmark(how, event.resourceVersion, event.initialEnd ?? false)
        : presentEvent(how, event.object, first)
    if (event.type !== 'BOOKMARK') first = false
    response.write(`${JSON.stringify({ type: event.type, object })}\n`)
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy()
  }

  let handle: WatchHandle
  try {
    handle = await watch(core, target, options, sink)
  } catch (thrown) {
    // Clients of old revisions expect the news inside the stream.
    if (!(thrown instanceof ApiError) || thrown.code !== 410) throw thrown
    start()
    response.end(`${JSON.stringify({ type: 'ERROR', object: thrown.status })}\n`)
    return
  }
  start()
  const timeout = timeoutMs(options)
  const timers = [setTimeout(() => response.end(), timeout)]
  if (options.allowWatchBookmarks) {
    timers.push(setInterval(handle.bookmark, BOOKMARK_EVERY_MS))
    if (timeout > LAST_BOOKMARK_BEFORE_MS) {
      timers.push(setTimeout(handle.bookmark, timeout - LAST_BOOKMARK_BEFORE_MS))
    }
  }
  const end = (): void => {
    response.end()
  }
  closing.addEventListener('abort', end)
  try {
    if (!response.destroyed) await new Promise<void>((resolve) => response.once('close', resolve))
  } finally {
    closing.removeEventListener('abort', end)
    timers.forEach(clearTimeout)
    handle.close()
  }
}

/** The client's wish, or a random 30 to 60 minutes so that clients do not all come back at once. */
function timeoutMs({ timeoutSeconds }: ListOptions): number {
  if (timeoutSeconds !== undefined && timeoutSeconds > 0) return Math.min(timeoutSeconds, 86_400) * 1000
  return (1800 + Math.random() * 1800) * 1000
}
