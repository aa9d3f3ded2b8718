// The article's commands, word for word, with Envoy as both doors and the sidecar, and with one door on each engine.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { has, outcome, root } from '../sallyport.ts'
import { envoyBinary, needsEnvoy } from './testing/binary.ts'

const able = envoyBinary !== undefined && has('kubectl') && has('curl')

describe.skipIf(!able)(`the article ${needsEnvoy}`, () => {
  it.each(['envoy', 'alb=node,gateway=envoy', 'alb=envoy,gateway=node'])('on %s', async (engine) => {
    const play = spawn(process.execPath, [join(root, 'test', 'article', 'play.mjs'), '--engine', engine], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { code, stdout, stderr } = await outcome(play)
    expect(stderr).not.toContain('article: ')
    expect(code, stdout + stderr).toBe(0)
  })
})
