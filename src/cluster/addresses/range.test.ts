import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { canBind, chooseRange, locateHere } from './range.ts'

describe('chooseRange', () => {
  it('passes over a range whose API server address is in use', async () => {
    const first = await chooseRange(30)
    const x = Number(first.split('.')[1])
    const held = await Promise.all([6443, 26_443].map((port) => listen(`127.${x}.0.1`, port)))
    try {
      expect(await chooseRange(x)).not.toBe(first)
    } finally {
      for (const close of held) await close()
    }
  })
})

describe('locateHere', () => {
  it('gives places that can be bound', async () => {
    const range = await chooseRange()
    const locate = await locateHere(range)
    const { host, port } = locate(range.replace('0.0/16', '1.9'), 443)
    expect(await canBind(host, port)).toBe(true)
  })
})

function listen(host: string, port: number): Promise<() => Promise<void>> {
  return new Promise((resolve) => {
    const server = createServer()
    const close = () => new Promise<void>((done) => server.close(() => done()))
    // Somebody else may hold it already, which serves as well.
    server.once('error', () => resolve(async () => undefined))
    server.listen(port, host, () => resolve(close))
  })
}
