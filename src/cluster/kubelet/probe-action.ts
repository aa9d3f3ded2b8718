// Carries out one probe or lifecycle handler against a container.
import { request as httpRequest } from 'node:http'
import { connect as connectHttp2, constants } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import type { Locate } from '../addresses/locate.ts'
import type { Container } from '../objects/pod.ts'
import type { Handler, HttpGetAction } from '../objects/probe.ts'

export interface ProbeTarget {
  readonly container: Container
  /** Where the container's program listens. */
  readonly address: string
  readonly locate: Locate
  /** Runs a command in the container's surroundings; resolves with its exit code and the head of its output. */
  readonly exec: (command: readonly string[], timeoutMs: number) => Promise<{ code: number; output: string }>
}

/** Undefined when the probe succeeded, else why not, in the kubelet's words. */
export async function runHandler(
  handler: Handler,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<string | undefined> {
  if (handler.exec) {
    const { code, output } = await target.exec(handler.exec.command ?? [], timeoutMs)
    return code === 0 ? undefined : output.trim() || `command exited with ${code}`
  }
  if (handler.httpGet) return httpGet(handler.httpGet, target, timeoutMs)
  if (handler.tcpSocket) {
    const place = placeOf(handler.tcpSocket.port, handler.tcpSocket.host, target)
    return typeof place === 'string' ? place : tcpConnect(place, timeoutMs)
  }
  if (handler.grpc) return grpcCheck(handler.grpc, target, timeoutMs)
  return undefined
}

type Place = { readonly host: string; readonly port: number }

/** The real place of a port by number or name; a text when the container has no such port. */
function placeOf(port: number | string, host: string | undefined, target: ProbeTarget): Place | string {
  const number =
    typeof port === 'number'
      ? port
      : (target.container.ports?.find((one) => one.name === port)?.containerPort ?? Number(port))
  if (!Number.isInteger(number)) return `strconv.Atoi: parsing "${port}": invalid syntax`
  return target.locate(host || target.address, number)
}

/** 2xx and 3xx are success; redirects are not followed. Certificates are not verified (kubelets do not either). */
function httpGet(action: HttpGetAction, target: ProbeTarget, timeoutMs: number): Promise<string | undefined> {
  const place = placeOf(action.port, action.host, target)
  if (typeof place === 'string') return Promise.resolve(place)
  const secure = action.scheme === 'HTTPS'
  const named = Object.fromEntries(
    (action.httpHeaders ?? []).map(({ name, value }) => [name.toLowerCase(), value]),
  )
  const options = {
    ...place,
    path: action.path ?? '/',
    headers: {
      host: `${target.address}:${action.port}`,
      'user-agent': 'kube-probe/1.35',
      accept: '*/*',
      connection: 'close',
      ...named,
    },
    timeout: timeoutMs,
    agent: false as const,
  }
  const url = `${secure ? 'https' : 'http'}://${target.address}:${action.port}${options.path}`
  return new Promise((resolve) => {
    const sent = secure ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options)
    const timer = setTimeout(() => sent.destroy(new Error('context deadline exceeded')), timeoutMs)
    const done = (problem: string | undefined) => {
      clearTimeout(timer)
      resolve(problem)
    }
    sent.once('response', (response) => {
      response.resume()
      const status = response.statusCode ?? 0
      done(status >= 200 && status < 400 ? undefined : `HTTP probe failed with statuscode: ${status}`)
      sent.destroy()
    })
    sent.once('error', (error) => done(`Get "${url}": ${error.message}`))
    sent.end()
  })
}

function tcpConnect(place: Place, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(place)
    const done = (problem: string | undefined) => {
      socket.destroy()
      resolve(problem)
    }
    socket.setTimeout(timeoutMs, () => done(`dial tcp ${place.host}:${place.port}: i/o timeout`))
    socket.once('connect', () => done(undefined))
    socket.once('error', (error) => done(`dial tcp ${place.host}:${place.port}: ${error.message}`))
  })
}

/** grpc.health.v1.Health/Check: SERVING (1) is success. The message is one string field, written by hand. */
function grpcCheck(
  action: NonNullable<Handler['grpc']>,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<string | undefined> {
  const place = target.locate(target.address, action.port)
  const service = Buffer.from(action.service ?? '')
  const message =
    service.length > 0 ? Buffer.concat([Buffer.from([0x0a, service.length]), service]) : Buffer.alloc(0)
  const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message])
  return new Promise((resolve) => {
    const session = connectHttp2(`http://${place.host}:${place.port}`)
    const done = (problem: string | undefined) => {
      clearTimeout(timer)
      session.destroy()
      resolve(problem)
    }
    const timer = setTimeout(() => done('timeout: health rpc did not complete in time'), timeoutMs)
    session.once('error', (error) => done(`failed to connect service: ${error.message}`))
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.once('error', (error) => done(`health rpc failed: ${error.message}`))
    stream.once('end', () => {
      const body = Buffer.concat(chunks).subarray(5)
      const serving = body[0] === 0x08 && body[1] === 1
      done(serving ? undefined : 'service unhealthy (responded with "NOT_SERVING")')
    })
    stream.end(frame)
  })
}
