// Header mutations to a program: remove, set, add, in that order. As in Envoy, the values of one mutation are worked out before any is written.
import type { HeaderMutation } from '../../../ir/route.ts'
import { fieldText, isRulable } from './field-text.ts'
import { type FormatSource, type ValueFormat, valueFormat } from './value-format.ts'

/** Where a program writes. */
export interface HeaderTarget {
  remove(name: string): void
  set(name: string, value: string): void
  add(name: string, value: string): void
}

export type HeaderProgram = (target: HeaderTarget, source: FormatSource) => void

/** Compiles one or more mutations, applied one after the other; undefined when there is nothing to do. Empty values write no header, and no rule touches a field that says how long the message is. */
export function headerProgram(
  ...mutations: readonly (HeaderMutation | undefined)[]
): HeaderProgram | undefined {
  const steps = mutations.flatMap((mutation) => [
    ...(mutation?.remove ?? []).filter(isRulable).map(
      (name): HeaderProgram =>
        (target) =>
          target.remove(name),
    ),
    ...together([
      ...(mutation?.set ?? []).filter(([name]) => isRulable(name)).map((field) => writer('set', field)),
      ...(mutation?.add ?? []).filter(([name]) => isRulable(name)).map((field) => writer('add', field)),
    ]),
  ])
  if (steps.length === 0) return undefined
  return (target, source) => {
    for (const step of steps) step(target, source)
  }
}

/** Writes one value. */
interface Writer {
  readonly format: ValueFormat
  write(target: HeaderTarget, value: string): void
}

function writer(how: 'set' | 'add', [name, text]: readonly [string, string]): Writer {
  return {
    format: valueFormat(text),
    write(target, given) {
      const value = fieldText(given)
      if (value !== '') target[how](name, value)
      else if (how === 'set') target.remove(name)
    },
  }
}

/** No value sees what another writes. */
function together(writers: readonly Writer[]): readonly HeaderProgram[] {
  const [first, ...others] = writers
  if (first === undefined) return []
  if (others.length === 0) return [(target, source) => first.write(target, first.format(source))]
  return [
    (target, source) => {
      const values = writers.map(({ format }) => format(source))
      for (const [index, { write }] of writers.entries()) write(target, values[index] ?? '')
    },
  ]
}
