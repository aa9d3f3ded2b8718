// The labelSelector query parameter (apimachinery labels.Parse): requirements joined by commas, all of which must hold.
import { labelValue, qualifiedName } from '../validation/names.ts'

type Labels = Readonly<Record<string, string>>
export type LabelPredicate = (labels: Labels) => boolean

const IDENTIFIER = /[^\s,=!()<>]+/y

/** A predicate over labels, or what is wrong with the text. The empty text selects everything. */
export function parseLabelSelector(text: string): { match: LabelPredicate } | { error: string } {
  const scanner = new Scanner(text)
  const requirements: LabelPredicate[] = []
  try {
    if (scanner.atEnd()) return { match: () => true }
    do requirements.push(requirement(scanner))
    while (scanner.take(','))
    if (!scanner.atEnd()) throw new Error(`found '${scanner.rest()}', expected: ',' or 'end of string'`)
  } catch (error) {
    return { error: `unable to parse requirement: ${(error as Error).message}` }
  }
  return { match: (labels) => requirements.every((holds) => holds(labels)) }
}

function requirement(scanner: Scanner): LabelPredicate {
  if (scanner.take('!')) {
    const key = checkedKey(scanner.word())
    return (labels) => labels[key] === undefined
  }
  const key = checkedKey(scanner.word())
  if (scanner.atEnd() || scanner.peek(',')) return (labels) => labels[key] !== undefined
  if (scanner.take('==') || scanner.take('=')) {
    const value = checkedValue(key, scanner.optionalWord())
    return (labels) => labels[key] === value
  }
  if (scanner.take('!=')) {
    const value = checkedValue(key, scanner.optionalWord())
    return (labels) => labels[key] !== value
  }
  if (scanner.take('>') || scanner.peek('<')) return comparison(scanner, key)
  const operator = scanner.word()
  if (operator !== 'in' && operator !== 'notin') {
    throw new Error(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`)
  }
  const values = set(scanner).map((value) => checkedValue(key, value))
  return operator === 'in'
    ? (labels) => labels[key] !== undefined && values.includes(labels[key])
    : (labels) => labels[key] === undefined || !values.includes(labels[key])
}

/** `key>1`, `key<1`: whole numbers only. */
function comparison(scanner: Scanner, key: string): LabelPredicate {
  const less = scanner.take('<')
  const limit = scanner.word()
  if (!/^[+-]?\d+$/.test(limit)) {
    throw new Error("for 'Gt', 'Lt' operators, the value must be an integer")
  }
  return (labels) => {
    const value = labels[key]
    if (value === undefined || !/^[+-]?\d+$/.test(value)) return false
    return less ? BigInt(value) < BigInt(limit) : BigInt(value) > BigInt(limit)
  }
}

function set(scanner: Scanner): string[] {
  if (!scanner.take('(')) throw new Error(`found '${scanner.rest()}' expected: '('`)
  const values = [scanner.optionalWord()]
  while (scanner.take(',')) values.push(scanner.optionalWord())
  if (!scanner.take(')')) throw new Error(`found '${scanner.rest()}', expected: ',' or ')'`)
  return values
}

function checkedKey(key: string): string {
  const errors = qualifiedName(key)
  if (errors.length > 0) throw new Error(`key: Invalid value: "${key}": ${errors.join('; ')}`)
  return key
}

function checkedValue(key: string, value: string): string {
  const errors = labelValue(value)
  if (errors.length > 0) {
    throw new Error(`values[0][${key}]: Invalid value: "${value}": ${errors.join('; ')}`)
  }
  return value
}

class Scanner {
  readonly #text: string
  #at = 0
  constructor(text: string) {
    this.#text = text
  }
  rest(): string {
    this.#skip()
    return this.#text.slice(this.#at)
  }
  atEnd(): boolean {
    return this.rest() === ''
  }
  peek(token: string): boolean {
    return this.rest().startsWith(token)
  }
  take(token: string): boolean {
    if (!this.peek(token)) return false
    this.#at += token.length
    return true
  }
  optionalWord(): string {
    this.#skip()
    IDENTIFIER.lastIndex = this.#at
    const found = IDENTIFIER.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }
  word(): string {
    const found = this.optionalWord()
    if (found === '') throw new Error(`found '${this.rest()}', expected: identifier`)
    return found
  }
  #skip(): void {
    while (this.#at < this.#text.length && /\s/.test(this.#text[this.#at] ?? '')) this.#at++
  }
}
