// The quantity library of Kubernetes.
import type { Environment } from '@marcbachmann/cel-js'
import { parseQuantity } from '../../codec/quantity.ts'

const NANO = 1_000_000_000n

class Amount {
  readonly nano: bigint
  constructor(nano: bigint) {
    this.nano = nano
  }
}

/** Adds quantity, isQuantity and their methods. */
export function registerQuantity(environment: Environment): void {
  const add = (signature: string, handler: (...args: never[]) => unknown): void => {
    environment.registerFunction(signature, handler as (...args: unknown[]) => unknown)
  }
  environment.registerType('kubernetes.Quantity', Amount)
  add('quantity(string): kubernetes.Quantity', (text: string) => parse(text))
  add('isQuantity(string): bool', (text: string) => parseQuantity(text) !== undefined)
  const type = 'kubernetes.Quantity'
  const order = (a: Amount, b: Amount): bigint => (a.nano < b.nano ? -1n : a.nano > b.nano ? 1n : 0n)
  add(`${type}.compareTo(${type}): int`, order)
  add(`${type}.isGreaterThan(${type}): bool`, (a: Amount, b: Amount) => order(a, b) > 0n)
  add(`${type}.isLessThan(${type}): bool`, (a: Amount, b: Amount) => order(a, b) < 0n)
  add(`${type}.sign(): int`, ({ nano }: Amount) => (nano < 0n ? -1n : nano > 0n ? 1n : 0n))
  add(`${type}.isInteger(): bool`, ({ nano }: Amount) => nano % NANO === 0n)
  add(`${type}.asInteger(): int`, ({ nano }: Amount) => {
    if (nano % NANO !== 0n) throw new Error('cannot convert value to integer')
    return nano / NANO
  })
  add(`${type}.asApproximateFloat(): double`, ({ nano }: Amount) => Number(nano) / Number(NANO))
  add(`${type}.add(${type}): ${type}`, (a: Amount, b: Amount) => new Amount(a.nano + b.nano))
  add(`${type}.add(int): ${type}`, (a: Amount, b: bigint) => new Amount(a.nano + b * NANO))
  add(`${type}.sub(${type}): ${type}`, (a: Amount, b: Amount) => new Amount(a.nano - b.nano))
  add(`${type}.sub(int): ${type}`, (a: Amount, b: bigint) => new Amount(a.nano - b * NANO))
}

function parse(text: string): Amount {
  const quantity = parseQuantity(text)
  if (!quantity) throw new Error(`quantity parse error: "${text}"`)
  return new Amount(quantity.nano)
}
