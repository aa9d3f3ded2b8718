import { expect, it } from 'vitest'
import { type HeaderTarget, headerProgram } from './header-program.ts'

it('removes first; no value sees what another one writes', () => {
  const fields = new Map([
    ['x-a', 'came'],
    ['x-b', 'gone'],
  ])
  const target: HeaderTarget = {
    remove: (name) => fields.delete(name),
    set: (name, value) => fields.set(name, value),
    add: (name, value) => fields.set(name, [fields.get(name) ?? '', value].join()),
  }
  const program = headerProgram({
    remove: ['x-b'],
    set: [
      ['x-a', 'new'],
      ['x-c', '%REQ(x-a)%/%REQ(x-b)%'],
    ],
    add: [['x-a', '%REQ(x-a)%+']],
  })
  program?.(target, { value: (_, name = '') => fields.get(name) })
  expect([...fields]).toEqual([
    ['x-a', 'new,came+'],
    ['x-c', 'came/'],
  ])
})
