// What is kept of a request body, and when the client has to wait.
import { describe, expect, it } from 'vitest'
import type { Downstream, UpstreamStream } from '../messages.ts'
import { RetryBuffer } from './retry-buffer.ts'

const LIMIT = 64 * 1024

/** A client that notes when it is stopped. */
function client(): Downstream & { readonly said: string[] } {
  const said: string[] = []
  return {
    said,
    respond: () => true,
    send: () => true,
    finish: () => {},
    inform: () => {},
    abort: () => {},
    pauseRequest: () => said.push('pause'),
    resumeRequest: () => said.push('resume'),
  }
}

const stream = (takes: boolean): UpstreamStream => ({
  send: () => takes,
  finish: () => {},
  cancel: () => {},
  pauseResponse: () => {},
  resumeResponse: () => {},
})

const text = (buffer: Buffer | undefined): string | undefined => buffer?.toString()

describe('a retry buffer', () => {
  it('gives every try all that has come, held or sent', () => {
    const buffer = new RetryBuffer(client(), true)
    buffer.hold(Buffer.from('a'))
    buffer.hold(Buffer.from('b'))
    expect(text(buffer.release())).toBe('ab')
    buffer.send(Buffer.from('c'), stream(true))
    expect(text(buffer.release())).toBe('abc')
    expect(buffer.lost).toBe(false)
  })

  it('copies what it keeps', () => {
    const buffer = new RetryBuffer(client(), true)
    const chunk = Buffer.from('a')
    buffer.hold(chunk)
    chunk.write('b')
    expect(text(buffer.release())).toBe('a')
  })

  it('keeps nothing that no other try may need', () => {
    const buffer = new RetryBuffer(client(), false)
    buffer.hold(Buffer.from('a'))
    expect(text(buffer.release())).toBe('a')
    expect(buffer.lost).toBe(true)
    expect(buffer.release()).toBeUndefined()
  })

  it('gives up beyond its limit', () => {
    const buffer = new RetryBuffer(client(), true)
    buffer.send(Buffer.alloc(LIMIT), stream(true))
    expect(buffer.lost).toBe(false)
    buffer.send(Buffer.alloc(1), stream(true))
    expect(buffer.lost).toBe(true)
    expect(buffer.release()).toBeUndefined()
  })

  it('stops the client while it holds too much or the upstream is slow', () => {
    const downstream = client()
    const buffer = new RetryBuffer(downstream, true)
    buffer.resume()
    buffer.hold(Buffer.alloc(LIMIT))
    expect(downstream.said).toEqual([])
    buffer.hold(Buffer.alloc(1))
    buffer.resume()
    buffer.resume()
    buffer.send(Buffer.alloc(1), stream(false))
    buffer.resume()
    expect(downstream.said).toEqual(['pause', 'resume', 'pause', 'resume'])
  })
})
