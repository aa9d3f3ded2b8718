// Requests that become streams: exec, attach and port-forward of pods, over SPDY or WebSocket as the client wishes.
import type { IncomingMessage } from 'node:http'
import { type Duplex, PassThrough } from 'node:stream'
import { authenticate } from '../http/authenticate.ts'
import { authorize } from '../http/authorize.ts'
import type { Handling } from '../http/handle-request.ts'
import { errorAnswer } from '../http/respond.ts'
import { parseResourcePath, type ResourcePath } from '../http/route.ts'
import { flag } from '../pipeline/list-options.ts'
import { get } from '../pipeline/read.ts'
import type { PodStreams } from '../pod-streams.ts'
import { collectionOf } from '../registry.ts'
import { apiError, badRequest, pathNotFound } from '../status-error.ts'
import { acceptUpgrade } from './accept-upgrade.ts'
import { carryExec } from './exec.ts'
import { type ExecWishes, execOverSpdy, execOverWebSocket } from './exec-streams.ts'
import { forward, portForward } from './port-forward.ts'
import { spdyConnection } from './spdy-connection.ts'
import { WebSocket } from './web-socket.ts'
import { webSocketChannels } from './web-socket-channels.ts'

const CHANNELS = ['v5.channel.k8s.io', 'v4.channel.k8s.io']
const FORWARD = 'portforward.k8s.io'
const TUNNEL = `SPDY/3.1+${FORWARD}`

/** Answers one request with an Upgrade header; never throws. What is open ends with the server. */
export async function handleUpgrade(
  handling: Handling,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const cut = (): void => void socket.destroy()
  handling.closing.addEventListener('abort', cut)
  socket.on('error', () => undefined)
  socket.once('close', () => handling.closing.removeEventListener('abort', cut))
  if (head.length > 0) socket.unshift(head)
  try {
    const url = new URL(`https://host${request.url ?? '/'}`)
    const user = await authenticate(request, handling.tokens)
    const path = parseResourcePath(url.pathname)
    if (!path) throw badRequest('this path has nothing to upgrade to')
    await stream(handling, user, { request, socket, query: url.searchParams, path })
  } catch (thrown) {
    refuse(socket, thrown)
  }
}

interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly query: URLSearchParams
  readonly path: ResourcePath
}

async function stream(
  { core, podStreams }: Handling,
  user: Parameters<typeof authorize>[0],
  upgrade: Upgrade,
): Promise<void> {
  const { request, query } = upgrade
  const { group, version, plural, namespace, name, subresource } = upgrade.path
  const served = core.registry.resolve(group, version, plural)
  if (!served || namespace === undefined || name === undefined || subresource === undefined)
    throw pathNotFound()
  // WebSocket clients come with GET: it is the same deed.
  authorize(user, { verb: 'create', group, resource: plural, subresource, namespace, name })
  if (collectionOf(served.kind.ref) !== 'core/pods') throw pathNotFound()
  if (subresource === 'attach') {
    throw apiError(
      501,
      'NotImplemented',
      'pods/attach is not served: containers have no standard input here; see their logs',
    )
  }
  if (subresource !== 'exec' && subresource !== 'portforward') throw pathNotFound()
  await get(core, { kind: served.kind, face: served.face, namespace, name })
  if (!podStreams) throw apiError(501, 'NotImplemented', 'this server has no pods that run')
  const place = { namespace, pod: name }
  if (subresource === 'exec') return exec(podStreams, place, upgrade)
  const how = acceptUpgrade(request, { spdy: [FORWARD], webSocket: [TUNNEL, ...CHANNELS] })
  const target = { ...place, dial: podStreams.dial }
  const ports = how.protocol === TUNNEL || how.carrier === 'spdy' ? [] : forwardedPorts(query)
  how.accept(upgrade.socket)
  if (how.carrier === 'spdy') spdyConnection(upgrade.socket, portForward(target))
  else if (how.protocol === TUNNEL) spdyConnection(new WebSocket(upgrade.socket), portForward(target))
  else forwardChannels(target, ports, new WebSocket(upgrade.socket))
}

/** The channel form of port-forward: two channels per port, each opening with the port's number. */
function forwardChannels(
  target: Parameters<typeof forward>[0],
  ports: readonly number[],
  socket: WebSocket,
): void {
  const channels = webSocketChannels(socket)
  const over = ports.map((port, index) => {
    const input = channels.readable(2 * index)
    const output = channels.writable(2 * index)
    const error = channels.writable(2 * index + 1)
    const opening = Buffer.from([port & 0xff, port >>> 8])
    output.write(opening)
    error.write(opening)
    return forward(target, port, { input, output, error })
  })
  void Promise.all(over).then(() => socket.end())
}

function forwardedPorts(query: URLSearchParams): number[] {
  const ports = query
    .getAll('ports')
    .flatMap((one) => one.split(','))
    .map(Number)
  if (ports.length === 0 || !ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw badRequest('query parameter "ports" must name ports between 1 and 65535')
  }
  return ports
}

async function exec(
  streams: PodStreams,
  { namespace, pod }: { readonly namespace: string; readonly pod: string },
  { request, socket, query }: Upgrade,
): Promise<void> {
  const tty = flag(query, 'tty') ?? false
  const wishes: ExecWishes = {
    stdin: flag(query, 'stdin') ?? false,
    stdout: flag(query, 'stdout') ?? false,
    stderr: !tty && (flag(query, 'stderr') ?? false),
    resize: tty,
  }
  if (!wishes.stdin && !wishes.stdout && !wishes.stderr) {
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr')
  }
  const command = query.getAll('command')
  if (command.length === 0) throw badRequest('you must specify at least one command for the container')
  const how = acceptUpgrade(request, { spdy: CHANNELS, webSocket: CHANNELS })
  const container = query.get('container')
  const process = await streams.exec(namespace, pod, { command, ...(container ? { container } : {}) })
  // Taken at once: what a process said is thrown away when it ends before somebody reads.
  const outputs = {
    stdout: process.stdout.pipe(new PassThrough()),
    stderr: process.stderr.pipe(new PassThrough()),
  }
  const kill = (): void => process.kill()
  socket.once('close', kill)
  if (socket.destroyed) return kill()
  how.accept(socket)
  const client =
    how.carrier === 'spdy'
      ? await execOverSpdy(socket, wishes)
      : execOverWebSocket(new WebSocket(socket), wishes)
  await carryExec({ ...process, ...outputs }, client.streams)
  socket.off('close', kill)
  client.end()
}

/** A plain answer on a connection that was not upgraded, after which it is closed. */
function refuse(socket: Duplex, thrown: unknown): void {
  if (!socket.writable) return
  const { code, body } = errorAnswer(thrown)
  socket.end(
    Buffer.concat([
      Buffer.from(
        `HTTP/1.1 ${code} Refused\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
      ),
      body,
    ]),
  )
}
