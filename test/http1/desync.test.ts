// Random sequences of requests, good, odd and malformed, and of answers to them, over one connection or two at once: no request is taken for
// another, no answer for another's. Replayable by DESYNC_SEED and DESYNC_PATH.
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { raw } from '../engine/testing/client.ts'
import { runOf } from '../envoy/testing/run.ts'
import { type Part, problems } from './desync/check.ts'
import { converse } from './desync/client.ts'
import { type Cut, type Sequence, sequence } from './desync/draw.ts'
import { type Wire, wireOf } from './desync/messages.ts'
import { type World, world } from './desync/world.ts'

const KINDS = ['istio', 'alb', 'joined'] as const
/** Clients at once, at most. */
const CLIENTS = 2
const run = runOf<[readonly Sequence[]]>('DESYNC', CLIENTS)
/** How long requests whose client is gone may stay in hand, and a good one may take, ms. */
const SETTLES = 2_000

let number = 0

/** Where the messages themselves halt, as parts of all bytes. */
function halts(wires: readonly Wire[]): Cut[] {
  const total = wires.reduce((sum, { text }) => sum + text.length, 0)
  const cuts: Cut[] = []
  let from = 0
  for (const { text, haltsAt } of wires) {
    // Half a byte more than it is, so that it is that byte however it is rounded.
    if (haltsAt !== undefined) cuts.push({ at: (from + haltsAt + 0.5) / total, pause: 'while' })
    from += text.length
  }
  return cuts
}

async function play(one: Sequence, { port, upstream }: World): Promise<Part> {
  const client = ++number
  const ids = one.messages.map((_, index) => `n${client}.${index}`)
  for (const [index, { answer }] of one.messages.entries()) upstream.answers.set(ids[index] as string, answer)
  const wires = one.messages.map((message, index) => wireOf(message, ids[index] as string))
  const bytes = Buffer.from(wires.map(({ text }) => text).join(''), 'latin1')
  const heard = await converse(
    port,
    bytes,
    wires.map(({ method }) => method),
    { ...one, cuts: [...one.cuts, ...halts(wires)] },
  )
  return { sequence: one, ids, wires, heard }
}

async function settled({ active }: World): Promise<boolean> {
  const deadline = performance.now() + SETTLES
  while (performance.now() < deadline) {
    if ((await active()) === 0) return true
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return false
}

async function goodOne({ port }: World): Promise<string[]> {
  const id = `n${++number}.0`
  const client = await raw(
    port,
    `GET /r/${id} HTTP/1.1\r\nHost: a.test\r\nUser-Agent: ${id}\r\nConnection: close\r\n\r\n`,
  )
  const late = new Promise<string>((resolve) => setTimeout(resolve, SETTLES, 'nothing'))
  const answer = await Promise.race([client.end(), late])
  return answer.includes(`x-id: ${id}\r\n`) && answer.includes(`${id};`)
    ? []
    : [`afterwards a good request gets ${JSON.stringify(answer)}`]
}

/** A client's part for whoever looks into a failure. */
function told({ sequence: { messages, ...rest }, wires, heard }: Part): string {
  const sent = messages.map(
    ({ answer }, index) => `${JSON.stringify(wires[index]?.text.slice(0, 500))} -> ${answer}`,
  )
  const responses = heard.responses.map((one) => JSON.stringify({ ...one, body: one.body.slice(0, 100) }))
  return [JSON.stringify(rest), ...sent, ...responses, heard.end].join('\n')
}

describe.each(KINDS)('%s', (kind) => {
  test(
    `${run.requests} sequences (seed ${run.parameters.seed})`,
    async () => {
      const here = await world(kind)
      const { upstream } = here
      const property = fc.asyncProperty(
        fc.array(sequence, { minLength: 1, maxLength: CLIENTS }),
        async (clients) => {
          upstream.seen = []
          upstream.faults = []
          upstream.answers.clear()
          here.logged()
          const parts = await Promise.all(clients.map((one) => play(one, here)))
          const wrong = (await settled(here)) ? [] : ['requests stay in hand']
          wrong.push(...problems(parts, upstream.seen, here.logged(), here.proxies))
          // On whichever connection the others have left.
          wrong.push(...(await goodOne(here)))
          wrong.push(...upstream.faults.map((fault) => `the upstream cannot read: ${fault}`))
          if (wrong.length === 0) return
          const sent = parts.map(told)
          throw new Error(`${wrong.join('\n')}\n\n${sent.join('\n')}`)
        },
      )
      await fc.assert(property, run.parameters)
      upstream.close()
    },
    run.timeoutMs,
  )
})
