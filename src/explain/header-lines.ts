// The header fields of a message on its way: lines, since two of one name are not the same as one with a comma to everybody who reads them.
import { isProxyHeader } from '../ir/proxy-headers.ts'

type Line = readonly [name: string, value: string]

/** Fields in order of arrival, names lower case. Never changes: what changes a message makes another. */
export class HeaderLines {
  readonly lines: readonly Line[]

  constructor(lines: Iterable<Line> = []) {
    this.lines = [...lines]
  }

  has(name: string): boolean {
    return this.lines.some(([other]) => other === name)
  }

  /** All values of a name as one list (RFC 9110 section 5.3). */
  get(name: string): string | undefined {
    const values = this.lines.flatMap(([other, value]) => (other === name ? [value] : []))
    return values.length === 0 ? undefined : values.join(',')
  }

  /** The values of a name, line by line; those of a header that proxies read themselves are one list. */
  valuesOf(name: string): readonly string[] {
    const value = this.get(name)
    if (value === undefined || isProxyHeader(name)) return value === undefined ? [] : [value]
    return this.lines.flatMap(([other, value]) => (other === name ? [value] : []))
  }

  /** One line in the place of all of that name. */
  set(name: string, value: string): HeaderLines {
    return new HeaderLines([...this.without(name).lines, [name, value]])
  }

  /** A line beside those of the same name. */
  add(name: string, value: string): HeaderLines {
    return new HeaderLines([...this.lines, [name, value]])
  }

  without(...names: readonly string[]): HeaderLines {
    return this.filter((name) => !names.includes(name))
  }

  filter(keep: (name: string) => boolean): HeaderLines {
    return new HeaderLines(this.lines.filter(([name]) => keep(name)))
  }

  /** Values by name, repeated ones as one list. */
  joined(): ReadonlyMap<string, string> {
    return new Map(this.lines.map(([name]) => [name, this.get(name) ?? '']))
  }
}
