import { describe, expect, it } from 'vitest'
import { readImages } from './image-settings.ts'

describe('readImages', () => {
  it('takes command lines, words and entries with ports', () => {
    expect(
      readImages({
        'my/app': 'node  server.js --verbose',
        job: ['sh', '-c', 'echo "a b"'],
        'my/app:2': { command: 'python3 app.py', ports: [8000] },
      }),
    ).toEqual({
      images: {
        'my/app': { command: ['node', 'server.js', '--verbose'] },
        job: { command: ['sh', '-c', 'echo "a b"'] },
        'my/app:2': { command: ['python3', 'app.py'], ports: [8000] },
      },
      problems: [],
    })
    expect(readImages(undefined)).toEqual({ images: {}, problems: [] })
  })
  it.each([
    ['text', 'images: expected a map from image names to commands'],
    [{ a: '' }, 'images["a"]: expected a command line or a list of words'],
    [{ a: [1] }, 'images["a"]: expected a command line or a list of words'],
    [{ a: {} }, 'images["a"]: expected a command line or a list of words'],
    [{ a: { command: 'x', port: 1 } }, 'images["a"]: unknown field port'],
    [{ a: { command: 'x', ports: ['80'] } }, 'images["a"]: ports: expected a list of port numbers'],
  ])('names what it cannot read: %j', (value, problem) => {
    expect(readImages(value)).toEqual({ images: {}, problems: [problem] })
  })
  it('keeps the entries that can be read', () => {
    expect(Object.keys(readImages({ good: 'x', bad: 1 }).images)).toEqual(['good'])
  })
})
