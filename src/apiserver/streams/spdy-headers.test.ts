import { constants, createDeflate } from 'node:zlib'
import { expect, it } from 'vitest'
import { SPDY_DICTIONARY } from './spdy-dictionary.ts'
import { headerReader, headerWriter } from './spdy-headers.ts'

it('has the dictionary that everybody has', () => {
  let [a, b] = [1, 0]
  for (const byte of SPDY_DICTIONARY) {
    a = (a + byte) % 65_521
    b = (b + a) % 65_521
  }
  expect(((b << 16) | a) >>> 0).toBe(0xe3c6a7c2)
})

it('reads what it writes, block after block', () => {
  const write = headerWriter()
  const read = headerReader()
  for (const headers of [{ streamtype: 'stdin' }, {}, { streamtype: 'data', port: '80' }])
    expect(Object.fromEntries(read(write(headers)))).toEqual(headers)
})

it('reads blocks that refer to earlier ones, as Go writes them', async () => {
  const zlib = createDeflate({ dictionary: SPDY_DICTIONARY, flush: constants.Z_SYNC_FLUSH })
  const read = headerReader()
  const plain = Buffer.from('\0\0\0\x01\0\0\0\x0astreamtype\0\0\0\x05error', 'latin1')
  const sizes: number[] = []
  for (let round = 0; round < 3; round++) {
    const block = await new Promise<Buffer>((resolve) => {
      const parts: Buffer[] = []
      const take = (part: Buffer): void => void parts.push(part)
      zlib.on('data', take)
      zlib.write(plain)
      zlib.flush(constants.Z_SYNC_FLUSH, () =>
        setImmediate(() => {
          zlib.off('data', take)
          resolve(Buffer.concat(parts))
        }),
      )
    })
    sizes.push(block.length)
    expect(Object.fromEntries(read(block))).toEqual({ streamtype: 'error' })
  }
  expect(sizes[2]).toBeLessThan(sizes[0] ?? 0)
})
