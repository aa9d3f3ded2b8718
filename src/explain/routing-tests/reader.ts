// Takes values of the wanted form out of untyped YAML, and gathers what is not of that form.

export type Plain = Readonly<Record<string, unknown>>

export class Reader {
  readonly file: string
  readonly #problems: string[] = []

  /** `file` stands at the head of each problem. */
  constructor(file: string) {
    this.file = file
  }

  get problems(): readonly string[] {
    return this.#problems
  }

  refuse(place: string, what: string): undefined {
    this.#problems.push(`${this.file}: ${place ? `${place} ` : ''}${what}`)
    return undefined
  }

  object(value: unknown, place: string): Plain | undefined {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Plain
    return this.refuse(place, value === undefined ? 'is missing' : 'must be a mapping')
  }

  list(value: unknown, place: string): readonly unknown[] | undefined {
    if (Array.isArray(value)) return value
    return this.refuse(place, value === undefined ? 'is missing' : 'must be a list')
  }

  /** Refuses keys that are not among `keys`. */
  known(object: Plain, place: string, keys: readonly string[]): void {
    for (const key of Object.keys(object))
      if (!keys.includes(key)) this.refuse(place, `has the unknown field ${key} (known: ${keys.join(', ')})`)
  }

  text(value: unknown, place: string): string | undefined {
    if (value === undefined || typeof value === 'string') return value
    return this.refuse(place, 'must be a string')
  }

  number(value: unknown, place: string): number | undefined {
    if (value === undefined || typeof value === 'number') return value
    return this.refuse(place, 'must be a number')
  }

  texts(value: unknown, place: string): Record<string, string> | undefined
  texts(value: unknown, place: string, nulls: true): Record<string, string | null> | undefined
  texts(value: unknown, place: string, nulls = false): Record<string, string | null> | undefined {
    if (value === undefined) return undefined
    const entries = Object.entries(this.object(value, place) ?? {}).flatMap(([name, one]) => {
      if (typeof one === 'string' || (nulls && one === null)) return [[name.toLowerCase(), one] as const]
      this.refuse(`${place}.${name}`, nulls ? 'must be a string or null' : 'must be a string')
      return []
    })
    return Object.fromEntries(entries)
  }

  numbers(value: unknown, place: string): Record<string, number> | undefined {
    if (value === undefined) return undefined
    const entries = Object.entries(this.object(value, place) ?? {}).flatMap(([name, one]) => {
      const number = this.number(one, `${place}.${name}`)
      return number === undefined ? [] : [[name, number] as const]
    })
    return Object.fromEntries(entries)
  }
}
