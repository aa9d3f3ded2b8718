import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { atEndOfTurn } from './turn.ts'
import { TurnSocket } from './turn-socket.ts'

/** What a socket was told, in order. */
function recorder(): { readonly said: string[]; readonly socket: TurnSocket } {
  const said: string[] = []
  const raw = {
    writableLength: 0,
    write: (data: string | Buffer) => said.push(data.toString()),
    end: () => said.push('<end>'),
    destroy: () => said.push('<destroy>'),
  }
  return { said, socket: new TurnSocket(raw as unknown as Socket) }
}

test('what is written in one turn leaves as one piece at its end', async () => {
  const { said, socket } = recorder()
  socket.write('one ')
  socket.write('two')
  expect(said).toEqual([])
  expect(socket.writableLength).toBe(7)
  await turn()
  expect(said).toEqual(['one two'])
  expect(socket.writableLength).toBe(0)
})

test('the end and a cut come after the text and the bytes that were before them', () => {
  const { said, socket } = recorder()
  socket.write('text ')
  socket.writeCopied('head ', Buffer.from('bytes '), 'tail ')
  socket.write('more')
  socket.end()
  socket.destroy()
  expect(said).toEqual(['text head bytes tail more', '<end>', '<destroy>'])
})

test('whatever is written in whatever pieces leaves in order, and memory is used again only when it has left', () => {
  const piece = fc.oneof(
    fc.integer({ min: 0, max: 300 }).map((length) => ({ kind: 'text' as const, length })),
    fc
      .oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 100_000 }))
      .map((length) => ({ kind: 'bytes' as const, length })),
    fc.constant({ kind: 'turn' as const, length: 0 }),
    fc.constant({ kind: 'left' as const, length: 0 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      // What the system holds is looked at when it has left, not when it was written.
      const held: { readonly data: Buffer; readonly done: (() => void) | undefined }[] = []
      const raw = {
        writableLength: 0,
        write: (data: string | Buffer, then?: unknown) =>
          held.push({
            data: typeof data === 'string' ? Buffer.from(data, 'latin1') : data,
            done: typeof then === 'function' ? (then as () => void) : undefined,
          }),
      }
      const socket = new TurnSocket(raw as unknown as Socket)
      let expected = ''
      let left = ''
      const leave = (): void => {
        for (const { data, done } of held.splice(0)) {
          left += data.toString('latin1')
          data.fill(0)
          done?.()
        }
      }
      const scratch = Buffer.alloc(100_000)
      pieces.forEach(({ kind, length }, at) => {
        const text = String.fromCharCode(65 + (at % 26)).repeat(length)
        if (kind === 'turn') socket.endOfTurn()
        else if (kind === 'left') leave()
        else if (kind === 'text') {
          socket.write(text)
          expected += text
        } else {
          scratch.write(text, 'latin1')
          socket.writeCopied('<', scratch.subarray(0, length), '>')
          expected += `<${text}>`
          scratch.fill(0)
        }
      })
      socket.endOfTurn()
      leave()
      expect(left === expected).toBe(true)
    }),
  )
})

test('a long text does not wait', () => {
  const { said, socket } = recorder()
  socket.write('x'.repeat(20_000))
  expect(said).toHaveLength(1)
})

test('what is put off at the end of a turn belongs to that turn, and a failure keeps nobody else from it', async () => {
  const done: string[] = []
  const failures: unknown[] = []
  const listeners = process.rawListeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', (error) => failures.push(error))
  atEndOfTurn({
    endOfTurn: () => {
      atEndOfTurn({ endOfTurn: () => done.push('put off') })
      throw new Error('bug')
    },
  })
  atEndOfTurn({ endOfTurn: () => done.push('next') })
  await turn()
  await turn()
  for (const listener of listeners) process.on('uncaughtException', listener as () => void)
  expect(failures).toHaveLength(1)
  expect(done).toEqual(['next', 'put off'])
})
