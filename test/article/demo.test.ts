// `npm run demo`: the article, the closed doors and the clean-up, ending with exit code 0 and nothing left behind.
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, it } from 'vitest'
import { has, Workplace } from '../sallyport.ts'

const place = new Workplace()
afterAll(() => place.close())

const left = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('sallyport-demo-'))

describe('the demo', () => {
  it.skipIf(!has('kubectl') || !has('curl'))('plays (needs kubectl and curl on PATH)', async () => {
    const before = left()
    const { code, stdout, stderr } = await place.sallyport('demo')
    expect(stderr).toBe('')
    expect(code, stdout).toBe(0)
    expect(stdout.split('-=[ teapot ]=-').length - 1).toBeGreaterThanOrEqual(2)
    expect(stdout).toContain('$ kubectl create namespace httptools\nnamespace/httptools created\n')
    expect(stdout).not.toContain('\u001b')
    expect(left()).toEqual(before)
  })
})
