import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
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

test('bytes, the end and a cut come after the text that was before them', () => {
  const { said, socket } = recorder()
  socket.write('text ')
  socket.write(Buffer.from('bytes'))
  socket.write('more')
  socket.end()
  socket.destroy()
  expect(said).toEqual(['text ', 'bytes', 'more', '<end>', '<destroy>'])
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
