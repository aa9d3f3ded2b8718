// `--issuer-profile 2026`: certificates without clientAuth, as public CAs now issue them. The gateway refuses the ALB, and says why.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { has, root, Workplace } from '../sallyport.ts'

const able = has('kubectl') && has('curl')
const place = new Workplace()
let output = ''
beforeAll(async () => {
  if (!able) return
  await place.up('--ephemeral', '--issuer-profile', '2026')
  // The requests of the article fail here, and nothing else does.
  const article = readFileSync(join(root, 'test', 'article', 'article.sh'), 'utf8')
    .split('\n## Cleanup')[0]
    ?.replaceAll(
      /^(curl https:\/\/\S*\/status\/418.*)$/gm,
      "$1 -sS -o /dev/null -w '%{http_code}\\n' || true",
    )
  const { code, stdout, stderr } = await place.bash(article ?? '')
  if (code !== 0) throw new Error(stderr)
  output = stdout
})
afterAll(() => place.close())

describe.skipIf(!able)('certificates without clientAuth (needs kubectl and curl)', () => {
  it('open neither door', () => {
    expect(output.match(/^(000|418|502)$/gm)).toEqual(['000', '502'])
  })

  it('are named as the reason where the gateway refuses', async () => {
    const { stdout } = await place.sallyport('logs', '--proxy', 'gateway/')
    expect(stdout).toMatch(/"TLS_error:INVALID_PURPOSE" .*-0001\.us-south/)
  })
})
