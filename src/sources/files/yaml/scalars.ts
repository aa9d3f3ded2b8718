// How scalars without quotes are read: YAML 1.2's core schema (10.3.2), for js-yaml, whose own also takes underscores in numbers.
import { FAILSAFE_SCHEMA, type Schema, Type } from 'js-yaml'

const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/
const INTEGER = /^[-+]?[0-9]+$|^0o[0-7]+$|^0x[0-9a-fA-F]+$/
const FLOAT =
  /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$|^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/

function numberOf(text: string): number {
  if (/nan$/i.test(text)) return Number.NaN
  if (/inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return Number(text)
}

function scalar(
  name: string,
  resolve: (text: string | null) => boolean,
  construct: (text: string) => unknown,
) {
  return new Type(`tag:yaml.org,2002:${name}`, { kind: 'scalar', resolve, construct })
}

/** Strings, maps and lists, and of plain scalars: null, booleans, integers, floats. */
export const CORE: Schema = FAILSAFE_SCHEMA.extend({
  implicit: [
    scalar(
      'null',
      (text) => text === null || /^(?:~|null|Null|NULL|)$/.test(text),
      () => null,
    ),
    scalar(
      'bool',
      (text) => text !== null && BOOLEAN.test(text),
      (text) => /^t/i.test(text),
    ),
    scalar('int', (text) => text !== null && INTEGER.test(text), numberOf),
    scalar('float', (text) => text !== null && FLOAT.test(text), numberOf),
  ],
})
