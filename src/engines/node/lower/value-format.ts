// `%COMMAND(argument):length%` values, as in Envoy's access-log format, to functions.
import { type FormatPart, formatParts } from '../../../ir/value-format.ts'

/** Answers one command; undefined when there is no value. */
export interface FormatSource {
  value(command: string, argument: string | undefined): string | undefined
}

/** Writes the value for one request; a command without a value gives the empty string. */
export type ValueFormat = (source: FormatSource) => string

/** Header text is bytes, one per character: what configuration spells beyond ASCII is written as UTF-8. */
function asBytes(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}

/** Compiles a value; a text without commands costs nothing at run time. Commands without a value give the empty string. */
export function valueFormat(text: string): ValueFormat {
  const parts = formatParts(text).map((part) =>
    typeof part === 'string' ? asBytes(part) : readCommand(part),
  )
  if (parts.every((part) => typeof part === 'string')) {
    const constant = parts.join('')
    return () => constant
  }
  return (source) => parts.map((part) => (typeof part === 'string' ? part : part(source))).join('')
}

function readCommand({ command, argument, length }: FormatPart): ValueFormat {
  return (source) => {
    const value = source.value(command, argument) ?? ''
    return length === undefined ? value : value.slice(0, length)
  }
}
