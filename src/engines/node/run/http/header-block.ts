// The header fields of one message: validated lines of text with marks into them, plus what the proxy adds. Lines that stay are copied in
// runs, so a forwarded message costs no object per header.
import { bit, Known, type KnownId, knownId } from './known-headers.ts'

const DROPPED = -1
/** Numbers per line in `marks`: id, start of name, start of value, end of value. */
const STRIDE = 4

/** Fields in order of arrival; names are lower case, every line is `name: value` and CRLF (RFC 9112 section 5 in one spelling). */
export class HeaderBlock {
  private text = ''
  private readonly marks: number[] = []
  private lines = 0
  /** Bits of the known ids that occurred; a removed one may still be set. */
  private present = 0
  /** Added by the proxy: name, value, name, value. */
  private extra: string[] = []

  /** Forgets everything: the block is used again for the next message of a connection. */
  reset(): void {
    this.text = ''
    this.lines = 0
    this.present = 0
    if (this.extra.length > 0) this.extra = []
  }

  /** The parser's: notes a line by its offsets into the text that `seal` will bring. */
  mark(id: number, nameStart: number, valueStart: number, valueEnd: number): void {
    const at = this.lines * STRIDE
    const marks = this.marks
    marks[at] = id
    marks[at + 1] = nameStart
    marks[at + 2] = valueStart
    marks[at + 3] = valueEnd
    this.lines++
    this.present |= 1 << id
  }

  /** The parser's: the text into which the marks point. `regular` says that each line is spelled `name: value` already. */
  seal(text: string, regular: boolean): void {
    this.text = regular ? text : this.respell(text)
  }

  get lineCount(): number {
    return this.lines
  }

  has(id: KnownId): boolean {
    return (this.present & bit(id)) !== 0
  }

  hasAny(ids: number): boolean {
    return (this.present & ids) !== 0
  }

  /** The value of a known field; several are joined by a comma (RFC 9110 section 5.3). */
  known(id: KnownId): string | undefined {
    if ((this.present & bit(id)) === 0) return undefined
    let value: string | undefined
    for (let line = 0, at = 0; line < this.lines; line++, at += STRIDE) {
      if (this.marks[at] === id) value = join(value, this.valueAt(at))
    }
    const extra = this.extra
    for (let i = 0; i < extra.length; i += 2) {
      if (knownId(extra[i] as string) === id) value = join(value, extra[i + 1] as string)
    }
    return value
  }

  /** How many fields of a known id there are. */
  count(id: KnownId): number {
    if ((this.present & bit(id)) === 0) return 0
    let count = 0
    for (let line = 0, at = 0; line < this.lines; line++, at += STRIDE) if (this.marks[at] === id) count++
    for (let i = 0; i < this.extra.length; i += 2) if (knownId(this.extra[i] as string) === id) count++
    return count
  }

  /** The value of a field by its lower-case name; several are joined by a comma. */
  get(name: string): string | undefined {
    let value: string | undefined
    for (let line = 0, at = 0; line < this.lines; line++, at += STRIDE) {
      if (this.named(at, name)) value = join(value, this.valueAt(at))
    }
    const extra = this.extra
    for (let i = 0; i < extra.length; i += 2)
      if (extra[i] === name) value = join(value, extra[i + 1] as string)
    return value
  }

  /** Removes every field of that lower-case name. */
  remove(name: string): void {
    for (let line = 0, at = 0; line < this.lines; line++, at += STRIDE) {
      if (this.named(at, name)) this.marks[at] = DROPPED
    }
    this.removeExtra((other) => other === name)
  }

  /** Removes every field whose known id is in the set. */
  removeKnown(ids: number): void {
    if ((this.present & ids) === 0) return
    for (let line = 0, at = 0; line < this.lines; line++, at += STRIDE) {
      const id = this.marks[at] as number
      if (id > 0 && (ids & (1 << id)) !== 0) this.marks[at] = DROPPED
    }
    this.removeExtra((name) => (ids & bit(knownId(name))) !== 0 && knownId(name) !== Known.other)
    this.present &= ~ids
  }

  /** Adds a field beside any of the same name. The name is lower case and both are valid field text. */
  add(name: string, value: string): void {
    this.extra.push(name, value)
    this.present |= bit(knownId(name))
  }

  /** Adds a field of a known id: `add` without looking the id up. */
  addKnown(id: KnownId, name: string, value: string): void {
    this.extra.push(name, value)
    this.present |= bit(id)
  }

  /** Puts one field in the place of all of that name. */
  set(name: string, value: string): void {
    if ((this.present & bit(knownId(name))) !== 0 || knownId(name) === Known.other) this.remove(name)
    this.add(name, value)
  }

  /** Adds a field of a known id that is not there yet: `set` without the search. */
  setKnown(id: KnownId, name: string, value: string): void {
    if ((this.present & bit(id)) !== 0) this.remove(name)
    this.extra.push(name, value)
    this.present |= bit(id)
  }

  /** Calls back for each field in order. */
  each(visit: (name: string, value: string) => void): void {
    for (let line = 0, at = 0; line < this.lines; line++, at += STRIDE) {
      if (this.marks[at] !== DROPPED) visit(this.nameAt(at), this.valueAt(at))
    }
    const extra = this.extra
    for (let i = 0; i < extra.length; i += 2) visit(extra[i] as string, extra[i + 1] as string)
  }

  /** A block of its own with the same fields. */
  copy(): HeaderBlock {
    const copy = new HeaderBlock()
    this.each((name, value) => copy.add(name, value))
    return copy
  }

  /** Becomes the same fields as another block has, whose text they share. Returns how many and how long they are as lines. */
  assign(other: HeaderBlock): { readonly fields: number; readonly bytes: number } {
    const { marks, lines, extra } = other
    const own = this.marks
    let fields = extra.length / 2
    let bytes = 0
    let present = 0
    for (let line = 0, at = 0; line < lines; line++, at += STRIDE) {
      const id = marks[at] as number
      const start = marks[at + 1] as number
      const end = marks[at + 3] as number
      own[at] = id
      own[at + 1] = start
      own[at + 2] = marks[at + 2] as number
      own[at + 3] = end
      if (id === DROPPED) continue
      present |= 1 << id
      fields++
      bytes += end - start + 2
    }
    for (let i = 0; i < extra.length; i += 2) {
      present |= bit(knownId(extra[i] as string))
      bytes += (extra[i] as string).length + (extra[i + 1] as string).length + 4
    }
    this.text = other.text
    this.lines = lines
    this.present = present
    this.extra = extra.slice()
    return { fields, bytes }
  }

  /** True when each field that the proxy added passes. */
  everyAdded(test: (name: string, value: string) => boolean): boolean {
    const { extra } = this
    for (let i = 0; i < extra.length; i += 2)
      if (!test(extra[i] as string, extra[i + 1] as string)) return false
    return true
  }

  /** All fields as lines, each ended by CRLF, without the empty line that ends a head. */
  toLines(): string {
    const { text, marks, lines, extra } = this
    let out = ''
    let run = -1
    let last = 0
    for (let line = 0, at = 0; line < lines; line++, at += STRIDE) {
      if (marks[at] === DROPPED) {
        if (run >= 0) out += text.slice(run, marks[at + 1])
        run = -1
      } else {
        if (run < 0) run = marks[at + 1] as number
        last = (marks[at + 3] as number) + 2
      }
    }
    if (run >= 0) out += text.slice(run, last)
    for (let i = 0; i < extra.length; i += 2) out += `${extra[i]}: ${extra[i + 1]}\r\n`
    return out
  }

  private removeExtra(matches: (name: string) => boolean): void {
    const extra = this.extra
    if (extra.length === 0) return
    const kept: string[] = []
    for (let i = 0; i < extra.length; i += 2) {
      if (!matches(extra[i] as string)) kept.push(extra[i] as string, extra[i + 1] as string)
    }
    this.extra = kept
  }

  private named(at: number, name: string): boolean {
    const marks = this.marks
    const start = marks[at + 1] as number
    return (
      marks[at] !== DROPPED &&
      (marks[at + 2] as number) - 2 - start === name.length &&
      this.text.startsWith(name, start)
    )
  }

  private nameAt(at: number): string {
    return this.text.slice(this.marks[at + 1], (this.marks[at + 2] as number) - 2)
  }

  private valueAt(at: number): string {
    return this.text.slice(this.marks[at + 2], this.marks[at + 3])
  }

  /** Rewrites all lines in the one spelling, and the marks with them. */
  private respell(text: string): string {
    let out = ''
    for (let line = 0, at = 0; line < this.lines; line++, at += STRIDE) {
      const marks = this.marks
      const nameStart = marks[at + 1] as number
      const name = text.slice(nameStart, text.indexOf(':', nameStart))
      const value = text.slice(marks[at + 2], marks[at + 3])
      marks[at + 1] = out.length
      marks[at + 2] = out.length + name.length + 2
      out += `${name}: ${value}\r\n`
      marks[at + 3] = out.length - 2
    }
    return out
  }
}

function join(left: string | undefined, right: string): string {
  return left === undefined ? right : `${left},${right}`
}
