// What the command line says of itself, and of mistakes.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Workplace } from '../sallyport.ts'

const place = new Workplace()
/** Commands whose data programs may want. */
const PRINTING = ['up', 'status', 'logs', 'trace', 'test', 'why', 'graph', 'lint', 'compile']
afterAll(() => place.close())

describe('usage', () => {
  it('every command has a summary, an example, and takes a wrong option for wrong usage', async () => {
    const { code, stdout } = await place.sallyport('--help')
    expect(code).toBe(0)
    expect(stdout).toContain('Exit code: 0 done, 1 not done, 2')
    const [, list = ''] = /Commands:\n([\s\S]*?)\n\n/.exec(stdout) ?? []
    const commands = [...list.matchAll(/^ {2}([a-z]+) .* {2}(\S.*)$/gm)]
      .map(([, name = '', summary = '']) => ({ name, summary }))
      .filter(({ name }) => name !== 'help')
    expect(commands.map(({ name }) => name)).toEqual(expect.arrayContaining(['up', ...PRINTING]))
    for (const { name, summary } of commands) {
      const help = await place.sallyport(name, '--help')
      expect(help, name).toMatchObject({ code: 0, stderr: '' })
      expect(help.stdout, name).toContain(`$ sallyport ${name}`)
      expect(help.stdout, name).toContain(summary.slice(1))
      if (PRINTING.includes(name))
        expect(help.stdout, name).toMatch(/ -o, --(output|format) <format>[\s\S]*"json"/)
      const wrong = await place.sallyport(name, '--no-such-option')
      expect({ name, code: wrong.code, stdout: wrong.stdout }).toEqual({ name, code: 2, stdout: '' })
      expect(wrong.stderr).toMatch(/^error: (unknown|required) option .*\n\(add --help/)
    }
  })

  it.each([
    ['status'],
    ['logs'],
    ['down'],
    ['lint'],
    ['graph'],
    ['why'],
    ['run', '--', 'true'],
    ['trace', 'https://a.example/'],
    ['lint', '--kubeconfig', 'absent'],
    ['why', 'nothing-known'],
  ])('%s %s %s %s ends with 1 and says what to do when there is nothing to work on', async (...args) => {
    const { code, stdout, stderr } = await place.sallyport(...args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^error: \S.*\n\S.*\n$/)
  })

  it.each([
    ['trace', 'https://a.example/', '-f', 'absent/'],
    ['lint', '-f', 'absent/'],
    ['graph', '-f', 'absent/'],
    ['compile', '-f', 'absent/'],
  ])('%s %s %s %s ends with 2: the path is not there', async (...args) => {
    const { code, stdout, stderr } = await place.sallyport(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^error: absent\/? cannot be read.*\n\S.*\n$/)
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
