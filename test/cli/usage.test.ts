// What the command line says of itself, and of mistakes.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Workplace } from '../sallyport.ts'

const place = new Workplace()
afterAll(() => place.close())

describe('usage', () => {
  it.each([
    'up',
    'run',
    'shell',
    'status',
    'logs',
    'down',
    'demo',
    'compile',
    'samples',
    'trace',
    'test',
    'why',
    'graph',
  ])('%s --help has an example', async (command) => {
    const { code, stdout } = await place.sallyport(command, '--help')
    expect(code).toBe(0)
    expect(stdout).toContain(`$ sallyport ${command}`)
  })

  it.each([
    [['nonsense'], "unknown command 'nonsense'"],
    [['up', '--nonsense'], "unknown option '--nonsense'"],
    [['up', '--cert-lifetime', 'soon'], 'Write a number with a unit'],
    [['logs', '--tail', 'x'], 'Write a number of lines'],
    [['run'], "missing required argument 'command'"],
    [['status', '-o', 'xml'], 'Allowed choices are text, json'],
  ])('%j is a usage error', async (args, message) => {
    const { code, stdout, stderr } = await place.sallyport(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })

  it('a bad name is refused with the rule', async () => {
    const { code, stderr } = await place.sallyport('up', '--name', 'No_Good')
    expect(code).toBe(1)
    expect(stderr).toContain('must start with a lower-case letter')
  })

  it('a data folder that is a file is refused', async () => {
    const file = join(place.folder, 'file')
    writeFileSync(file, '')
    const { code, stderr } = await place.sallyport('up', '--detach', '--data', file)
    expect(code).toBe(1)
    expect(stderr).toMatch(/cannot be created: .*\nChoose another with --data\./)
  })
})
