// What has to be true of whatever was sent: nobody sees a request that is none, nobody gets an answer that is another's.
import { ANSWERS, bodyOf } from './answers.ts'
import type { Heard } from './client.ts'
import type { Sequence } from './draw.ts'
import type { Message, Wire } from './messages.ts'
import type { Seen } from './upstream.ts'
import { LIMIT, type World } from './world.ts'

/** One client's part: what it sent, with the number of each message, and what it heard. */
export interface Part {
  readonly sequence: Sequence
  readonly ids: readonly string[]
  readonly wires: readonly Wire[]
  readonly heard: Heard
}

/** Times a request may be seen: by its route's retries at two hops, and since kept connections may turn out to be closed. */
const MOST_TIMES = 12

/** All that is wrong; empty when nothing is. */
export function problems(
  parts: readonly Part[],
  seen: readonly Seen[],
  logged: ReturnType<World['logged']>,
  proxies: readonly string[],
): string[] {
  return [
    ...parts.flatMap(responseProblems),
    ...requestProblems(parts, seen),
    ...logProblems(parts, seen, logged, proxies),
  ]
}

function responseProblems({ sequence: { messages }, ids, heard }: Part): string[] {
  const { responses, fault, end, tunnel } = heard
  const wrong: string[] = []
  if (fault !== undefined) wrong.push(`the client cannot read: ${fault}`)
  if (responses.length > messages.length)
    wrong.push(`${responses.length} answers to ${messages.length} requests`)
  for (const [index, { status, id, body, whole }] of responses.entries()) {
    const message = messages[index]
    const own = ids[index]
    if (message === undefined || own === undefined) continue
    const where = `answer ${index} (${status})`
    if (id !== undefined && id !== own) wrong.push(`${where} is that to ${id}, not to ${own}`)
    if (message.fault !== undefined) {
      if (status < 400) wrong.push(`${where}: ${message.fault} passed`)
      if (index < responses.length - 1)
        wrong.push(`${where}: ${message.fault}, and yet there is an answer after it`)
    }
    if (id !== undefined && whole) wrong.push(...bodyProblems(message, own, status, body, where))
    if (status === 101 && tunnel !== '' && tunnel !== `T:${own}`)
      wrong.push(`${where}: ${JSON.stringify(tunnel.slice(0, 200))} came through`)
  }
  const last = responses.at(-1)
  const due = messages[responses.length]
  if (
    end === 'open' &&
    last?.status !== 101 &&
    responses.filter(({ whole }) => whole).length < messages.length
  )
    wrong.push(
      `only ${responses.length} answers to ${messages.length} requests, and the connection stays open`,
    )
  if (end === 'closed' && responses.length < messages.length && last?.keepAlive !== false) {
    const excused = messages.slice(0, responses.length + 1).some(mayClose)
    if (!excused)
      wrong.push(
        `closed without a word before the answer to ${JSON.stringify(due?.method)} ${ids[responses.length]}`,
      )
  }
  return wrong
}

/** The connection may end after it, or in the middle of its answer. */
function mayClose({ answer, fault, place, body }: Message): boolean {
  return ANSWERS[answer]?.cuts === true || fault !== undefined || (body.kind !== 'none' && place !== 'r')
}

function bodyProblems(message: Message, id: string, status: number, body: string, where: string): string[] {
  const none = message.method === 'HEAD' || status === 204 || status === 304 || status === 101
  if (none) return body === '' ? [] : [`${where}: a body where none can be`]
  if (status === 503) return body === 'no' ? [] : [`${where}: not the body of the refusal`]
  const { answer } = message
  const expected = answer === 'large' ? bodyOf(id).replace(';', `;${'l'.repeat(150_000)}`) : bodyOf(id)
  return body === expected ? [] : [`${where}: not its body, but ${JSON.stringify(body.slice(0, 200))}`]
}

function requestProblems(parts: readonly Part[], seen: readonly Seen[]): string[] {
  const wrong: string[] = []
  const known = new Map(
    parts.flatMap(({ ids, wires, sequence }) =>
      ids.map(
        (id, index) =>
          [
            id,
            {
              wire: wires[index] as Wire,
              message: sequence.messages[index] as Message,
              rest: wires.slice(index + 1),
            },
          ] as const,
      ),
    ),
  )
  const times = new Map<string, number>()
  const last = new Map<string, string>()
  for (const { id, head, body, whole, connection, tunnel } of seen) {
    const sent = known.get(id)
    if (sent === undefined) {
      wrong.push(`the upstream saw ${head.method} ${head.url} of ${id}, which nobody sent`)
      continue
    }
    const { wire, message, rest } = sent
    const where = `request ${id} at the upstream`
    times.set(id, (times.get(id) ?? 0) + 1)
    if (message.fault !== undefined && whole) wrong.push(`${where}: ${message.fault} passed`)
    if (head.method !== wire.method || head.url !== wire.target)
      wrong.push(`${where} is ${head.method} ${head.url}`)
    if (message.fault === undefined && (whole ? body !== wire.body : !wire.body.startsWith(body)))
      wrong.push(`${where} has another body: ${JSON.stringify(body.slice(0, 200))}`)
    if (whole && message.place === 'limited' && body.length > LIMIT) wrong.push(`${where} is over its limit`)
    if ('x-named' in head.fields) wrong.push(`${where} has a field that Connection names`)
    if (head.upgrade && wire.body !== '') wrong.push(`${where} upgrades with a body`)
    if (
      tunnel !== undefined &&
      !rest
        .map(({ text }) => text)
        .join('')
        .startsWith(tunnel)
    )
      wrong.push(`${where} became another protocol, of which came ${JSON.stringify(tunnel.slice(0, 200))}`)
    const client = id.slice(0, id.lastIndexOf('.'))
    const key = `${connection} ${client}`
    const before = last.get(key)
    if (before !== undefined && numberOf(before) > numberOf(id))
      wrong.push(`${where} came after ${before} on one connection`)
    last.set(key, id)
  }
  for (const [id, count] of times) {
    const message = known.get(id)?.message
    const once = message?.place !== 'retry' && ['POST', 'PATCH'].includes(message?.method ?? '')
    if (count > (once ? 1 : MOST_TIMES)) wrong.push(`${id} came ${count} times`)
  }
  return wrong
}

const numberOf = (id: string): number => Number(id.slice(id.lastIndexOf('.') + 1))

function logProblems(
  parts: readonly Part[],
  seen: readonly Seen[],
  logged: ReturnType<World['logged']>,
  proxies: readonly string[],
): string[] {
  const wrong: string[] = []
  const targets = new Map(
    parts.flatMap(({ ids, wires }) => ids.map((id, index) => [id, wires[index] as Wire] as const)),
  )
  for (const proxy of proxies) {
    const lines = logged.filter((line) => line.proxy === proxy).map(({ line }) => line)
    for (const id of new Set(seen.map((one) => one.id))) {
      const own = lines.filter(({ user_agent }) => user_agent === id)
      const forwarded = own.filter(({ upstream_host }) => upstream_host !== null)
      if (forwarded.length === 0)
        wrong.push(`${proxy} has not logged as forwarded what the upstream saw as ${id}`)
      const wire = targets.get(id)
      for (const { method, path } of own)
        if (wire !== undefined && (method !== wire.method || path !== wire.target))
          wrong.push(`${proxy} logged ${id} as ${method} ${path}`)
    }
    if (proxy !== 'outer') continue
    const counts = new Map<unknown, number>()
    for (const { user_agent: id } of lines) if (id !== null) counts.set(id, (counts.get(id) ?? 0) + 1)
    for (const [id, count] of counts) if (count > 1) wrong.push(`${proxy} logged ${id} ${count} times`)
  }
  return wrong
}
