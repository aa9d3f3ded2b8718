import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogOptions } from '../options.ts'
import { LogFile } from './log-file.ts'
import { formatLogLine, parseLogLine } from './log-line.ts'
import { streamLog } from './log-reader.ts'

let folder: string
let now = Date.parse('2026-01-01T00:00:00Z')
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-log-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = () => new LogFile(join(folder, 'c', '0.log'), () => now)
const text = async (log: LogFile, options: LogOptions = {}) => {
  let all = ''
  for await (const chunk of streamLog(log, options, now)) all += Buffer.from(chunk).toString()
  return all
}

describe('log lines', () => {
  it('round-trip', () => {
    const line = fc.record({
      time: fc.constant('2026-01-01T00:00:00.000000000Z'),
      stream: fc.constantFrom('stdout' as const, 'stderr' as const),
      full: fc.boolean(),
      text: fc.string().filter((one) => !one.includes('\n')),
    })
    fc.assert(
      fc.property(line, (one) => {
        expect(parseLogLine(formatLogLine(one).slice(0, -1))).toEqual(one)
      }),
    )
  })
  it('are nothing when cut', () => {
    expect(parseLogLine('2026-01-01T00:00')).toBeUndefined()
  })
})

describe('a container log', () => {
  it('gives back the very bytes, however they came', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat(50), async (content, cut) => {
        const log = new LogFile(join(folder, `${Math.random()}`), () => now)
        const bytes = Buffer.from(content.replaceAll('\r', ''))
        for (let start = 0; start < bytes.length; start += cut + 1) {
          log.append('stdout', bytes.subarray(start, start + cut + 1))
        }
        log.end()
        expect(await text(log)).toBe(bytes.toString())
      }),
      { numRuns: 50 },
    )
  })
  it('stores long lines in pieces and prints them whole', async () => {
    const log = file()
    const long = 'x'.repeat(40_000)
    log.append('stdout', Buffer.from(`${long}\nshort\n`))
    expect(await text(log)).toBe(`${long}\nshort\n`)
    expect(await text(log, { tailLines: 2 })).toBe(`${long}\nshort\n`)
    expect(await text(log, { tailLines: 1 })).toBe('short\n')
  })
  it('obeys the query', async () => {
    const log = file()
    log.append('stdout', Buffer.from('one\n'))
    now += 60_000
    log.append('stderr', Buffer.from('two\nthree\n'))
    expect(await text(log, { tailLines: 0 })).toBe('')
    expect(await text(log, { sinceSeconds: 30 })).toBe('two\nthree\n')
    expect(await text(log, { sinceTime: '2026-01-01T00:00:30Z' })).toBe('two\nthree\n')
    expect(await text(log, { limitBytes: 6 })).toBe('one\ntw')
    expect(await text(log, { timestamps: true, tailLines: 1 })).toBe('2026-01-01T00:01:00.000000000Z three\n')
  })
  it('is followed without loss or doubling until the container ends', async () => {
    const log = file()
    log.append('stdout', Buffer.from('before\n'))
    const reading = text(log, { follow: true })
    log.append('stdout', Buffer.from('after\nla'))
    log.append('stdout', Buffer.from('st'))
    log.end()
    expect(await reading).toBe('before\nafter\nlast')
  })
  it('stops being followed at once when the reader leaves', async () => {
    const log = file()
    const reader = streamLog(log, { follow: true }, now)
    const waiting = reader.next()
    await reader.return?.()
    expect((await waiting).done).toBe(true)
  })
  it('rotates, and reads on over the rotation', async () => {
    const log = file()
    const line = `${'y'.repeat(10_000)}\n`
    for (let index = 0; index < 1200; index++) log.append('stdout', Buffer.from(line))
    log.append('stdout', Buffer.from('end\n'))
    expect((await text(log, { tailLines: 500 })).length).toBe(499 * line.length + 4)
    expect(log.read().length).toBe(1201)
  })
})
