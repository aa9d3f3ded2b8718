import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { RangeClaim } from './range-claim.ts'

// The claim's meaning is Linux's: elsewhere clusters share one address.
describe.runIf(process.platform === 'linux')('RangeClaim', () => {
  it('gives clusters that are created at once ranges of their own', async () => {
    const claims = Array.from({ length: 12 }, () => new RangeClaim())
    try {
      const ranges = await Promise.all(claims.map((claim) => claim.takeFree(40)))
      expect(new Set(ranges).size).toBe(12)
    } finally {
      await Promise.all(claims.map((claim) => claim.release()))
    }
  })

  it('passes over a range whose API server address is in use by a program that claims nothing', async () => {
    const claim = new RangeClaim()
    const first = await claim.takeFree(60)
    const x = Number(first.split('.')[1])
    const held = await Promise.all([6443, 26_443].map((port) => listen(`127.${x}.0.1`, port)))
    try {
      expect(await claim.takeFree(x)).not.toBe(first)
    } finally {
      await claim.release()
      for (const close of held) await close()
    }
  })

  it('takes a range once, and again when it is free', async () => {
    const [one, two] = [new RangeClaim(), new RangeClaim()]
    const range = await one.takeFree(80)
    expect(await two.take(range)).toBe(false)
    await one.release()
    expect(await two.take(range)).toBe(true)
    await two.release()
  })

  it('is lost by a process that is killed', async () => {
    const range = await freeRange()
    const holder = spawn(
      process.execPath,
      [
        '-e',
        `require('node:net').createServer().listen(${JSON.stringify(`\0sallyport ${range}`)}, () => console.log('held'))`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await once(holder.stdout, 'data')
    const claim = new RangeClaim()
    expect(await claim.take(range)).toBe(false)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    expect(await claim.take(range)).toBe(true)
    await claim.release()
  })
})

async function freeRange(): Promise<string> {
  const claim = new RangeClaim()
  const range = await claim.takeFree(100)
  await claim.release()
  return range
}

function listen(host: string, port: number): Promise<() => Promise<void>> {
  return new Promise((resolve) => {
    const server = createServer()
    const close = () => new Promise<void>((done) => server.close(() => done()))
    // Somebody else may hold it already, which serves as well.
    server.once('error', () => resolve(async () => undefined))
    server.listen(port, host, () => resolve(close))
  })
}
