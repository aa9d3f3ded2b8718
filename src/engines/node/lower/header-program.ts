// Header mutations to a program: remove, set, add, in that order.
import type { HeaderMutation } from '../../../ir/route.ts'
import { type FormatSource, type ValueFormat, valueFormat } from './value-format.ts'

/** Where a program writes. */
export interface HeaderTarget {
  remove(name: string): void
  set(name: string, value: string): void
  add(name: string, value: string): void
}

export type HeaderProgram = (target: HeaderTarget, source: FormatSource) => void

/** Compiles one or more mutations, applied one after the other; undefined when there is nothing to do. Empty values write no header. */
export function headerProgram(
  ...mutations: readonly (HeaderMutation | undefined)[]
): HeaderProgram | undefined {
  const steps: HeaderProgram[] = []
  for (const mutation of mutations) {
    for (const name of mutation?.remove ?? []) steps.push((target) => target.remove(name))
    for (const [name, value] of mutation?.set ?? []) steps.push(writer('set', name, valueFormat(value)))
    for (const [name, value] of mutation?.add ?? []) steps.push(writer('add', name, valueFormat(value)))
  }
  if (steps.length === 0) return undefined
  return (target, source) => {
    for (const step of steps) step(target, source)
  }
}

function writer(how: 'set' | 'add', name: string, format: ValueFormat): HeaderProgram {
  return (target, source) => {
    const value = format(source).replace(NOT_IN_A_VALUE, '')
    if (value !== '') target[how](name, value)
    else if (how === 'set') target.remove(name)
  }
}

// The codec lets nothing else in; what configuration brings is held to the same, so that no value can split a message.
const NOT_IN_A_VALUE = /[^\t\u0020-\u007e\u0080-\u00ff]/g
