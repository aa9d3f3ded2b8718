// The strings and regex libraries of Kubernetes, as far as the CEL library lacks them.
import type { Environment } from '@marcbachmann/cel-js'
import { compilePattern } from '../pattern.ts'

/** Adds find, findAll, matches (RE2), replace, charAt, reverse, format and quote. */
export function registerStrings(environment: Environment): void {
  const add = (signature: string, handler: (...args: never[]) => unknown): void => {
    environment.registerFunction(signature, handler as (...args: unknown[]) => unknown)
  }
  add('string.re2Matches(string): bool', (text: string, pattern: string) =>
    regex(pattern).matcher(text).find(),
  )
  add('re2Matches(string, string): bool', (text: string, pattern: string) =>
    regex(pattern).matcher(text).find(),
  )
  add('string.find(string): string', (text: string, pattern: string) => findAll(text, pattern, 1)[0] ?? '')
  add('string.findAll(string): list<string>', (text: string, pattern: string) => findAll(text, pattern, -1))
  add('string.findAll(string, int): list<string>', (text: string, pattern: string, limit: bigint) =>
    findAll(text, pattern, Number(limit)),
  )
  add('string.replace(string, string): string', (text: string, from: string, to: string) =>
    text.replaceAll(from, () => to),
  )
  add(
    'string.replace(string, string, int): string',
    (text: string, from: string, to: string, limit: bigint) => replaceSome(text, from, to, Number(limit)),
  )
  add('string.charAt(int): string', (text: string, at: bigint) => charAt(text, Number(at)))
  add('string.reverse(): string', (text: string) => [...text].reverse().join(''))
  add('string.format(list): string', (text: string, args: readonly unknown[]) => format(text, args))
}

function regex(pattern: string) {
  const compiled = compilePattern(pattern)
  if ('error' in compiled) throw new Error(compiled.error)
  return compiled.regex
}

function findAll(text: string, pattern: string, limit: number): string[] {
  const matcher = regex(pattern).matcher(text)
  const found: string[] = []
  while ((limit < 0 || found.length < limit) && matcher.find()) found.push(matcher.group() ?? '')
  return found
}

function replaceSome(text: string, from: string, to: string, limit: number): string {
  if (limit < 0) return text.replaceAll(from, () => to)
  const parts = text.split(from)
  const done = Math.min(limit, parts.length - 1)
  return (
    parts
      .slice(0, done)
      .map((part) => part + to)
      .join('') + parts.slice(done).join(from)
  )
}

function charAt(text: string, at: number): string {
  const chars = [...text]
  if (at < 0 || at > chars.length) throw new Error(`index out of range: ${at}`)
  return chars[at] ?? ''
}

/** %s, %d, %f, %e, %x, %X, %b, %o with precision; the verbs of CEL's string.format. */
function format(text: string, args: readonly unknown[]): string {
  let next = 0
  const out = text.replace(/%(?:%|\.(\d+))?([sdfexXbo])?|%%/g, (whole, precision?: string, verb?: string) => {
    if (whole === '%%') return '%'
    if (verb === undefined) throw new Error(`could not parse formatting clause: ${whole}`)
    if (next >= args.length) throw new Error(`index ${next} out of range`)
    return formatOne(args[next++], verb, precision === undefined ? 6 : Number(precision))
  })
  return out
}

function formatOne(value: unknown, verb: string, precision: number): string {
  switch (verb) {
    case 'd':
      return String(value)
    case 'f':
      return Number(value).toFixed(precision)
    case 'e':
      return Number(value).toExponential(precision)
    case 'x':
    case 'X': {
      const hex =
        typeof value === 'string' ? Buffer.from(value).toString('hex') : BigInt(value as bigint).toString(16)
      return verb === 'X' ? hex.toUpperCase() : hex
    }
    case 'b':
      return typeof value === 'boolean' ? (value ? '1' : '0') : BigInt(value as bigint).toString(2)
    case 'o':
      return BigInt(value as bigint).toString(8)
    default:
      return asText(value)
  }
}

function asText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asText).join(', ')}]`
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, 'Z')
  return String(value)
}
