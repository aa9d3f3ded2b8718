// The article's commands, word for word, against a cluster started as a user starts one.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { has, outcome, root } from '../sallyport.ts'

describe('the article', () => {
  it.skipIf(!has('kubectl') || !has('curl')).each([
    ['as printed', []],
    ['with the engine in several processes, their hops in memory', ['--workers', '2', '--hops', 'memory']],
  ])('runs %s (needs kubectl and curl on PATH)', async (_, options) => {
    const play = spawn(process.execPath, [join(root, 'test', 'article', 'play.mjs'), ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { code, stdout, stderr } = await outcome(play)
    expect(stderr).not.toContain('article: ')
    expect(code, stdout + stderr).toBe(0)
  })
})
