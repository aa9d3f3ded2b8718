// The header fields of one message: validated lines of text with marks into them, plus what the proxy adds. Lines that stay are copied in
// runs, so a forwarded message costs no object per header.
import { fieldText } from '../../../lower/field-text.ts'
import { bit, Known, type KnownId, knownId, leadOf } from './known-headers.ts'

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
  /** Added by the proxy: the first `added` of these. Shortening an array costs more than filling it again. */
  private added = 0
  private readonly names: string[] = []
  private readonly values: string[] = []
  private readonly ids: KnownId[] = []
  /** Those that no parser has read and this proxy does not vouch for: from configuration, or from another protocol. */
  private readonly unchecked: boolean[] = []

  /** Forgets everything: the block is used again for the next message of a connection. */
  reset(): void {
    this.text = ''
    this.lines = 0
    this.present = 0
    this.keepAdded(0)
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

  /** The parser's: the text into which the marks point. `regular` says that each line is spelled CRLF and `name: value` already. */
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
    for (let i = 0; i < this.added; i++) if (this.ids[i] === id) value = join(value, this.values[i] as string)
    return value
  }

  /** How many fields of a known id there are. */
  count(id: KnownId): number {
    if ((this.present & bit(id)) === 0) return 0
    let count = 0
    for (let line = 0, at = 0; line < this.lines; line++, at += STRIDE) if (this.marks[at] === id) count++
    for (let i = 0; i < this.added; i++) if (this.ids[i] === id) count++
    return count
  }

  /** The value of a field by its lower-case name; several are joined by a comma. */
  get(name: string): string | undefined {
    let value: string | undefined
    for (let line = 0, at = 0; line < this.lines; line++, at += STRIDE) {
      if (this.named(at, name)) value = join(value, this.valueAt(at))
    }
    for (let i = 0; i < this.added; i++)
      if (this.names[i] === name) value = join(value, this.values[i] as string)
    return value
  }

  /** The values of a field one by one; those of fields that proxies read themselves are one list. */
  valuesOf(name: string): readonly string[] {
    const id = knownId(name)
    if (id !== Known.other) return [this.known(id) ?? ''].filter((value) => value !== '' || this.has(id))
    const values: string[] = []
    this.each((other, value) => {
      if (other === name) values.push(value)
    })
    return values
  }

  /** Removes every field of that lower-case name. */
  remove(name: string): void {
    this.drop(knownId(name), name)
  }

  private drop(id: KnownId, name: string): void {
    // One of the others that share an id may be left.
    if (id !== Known.other && id !== Known.envoy) this.present &= ~bit(id)
    for (let line = 0, at = 0; line < this.lines; line++, at += STRIDE) {
      if (this.named(at, name)) this.marks[at] = DROPPED
    }
    let kept = 0
    for (let i = 0; i < this.added; i++) if (this.names[i] !== name) this.move(i, kept++)
    this.keepAdded(kept)
  }

  /** Removes every field whose known id is in the set. */
  removeKnown(ids: number): void {
    if ((this.present & ids) === 0) return
    for (let line = 0, at = 0; line < this.lines; line++, at += STRIDE) {
      const id = this.marks[at] as number
      if (id > 0 && (ids & (1 << id)) !== 0) this.marks[at] = DROPPED
    }
    let kept = 0
    for (let i = 0; i < this.added; i++) {
      const id = this.ids[i] as KnownId
      if (id === Known.other || (ids & bit(id)) === 0) this.move(i, kept++)
    }
    this.keepAdded(kept)
    this.present &= ~ids
  }

  /** Adds a field beside any of the same name, which is lower case and a valid one. What no value may hold is left out. */
  add(name: string, value: string): void {
    this.append(knownId(name), name, fieldText(value), true)
  }

  /** Adds a field of the proxy's own making: its id is known, and its text is valid for certain. */
  addKnown(id: KnownId, name: string, value: string): void {
    this.append(id, name, value, false)
  }

  private append(id: KnownId, name: string, value: string, unchecked: boolean): void {
    const at = this.added++
    this.names[at] = name
    this.values[at] = value
    this.ids[at] = id
    this.unchecked[at] = unchecked
    this.present |= bit(id)
  }

  /** Puts one field in the place of all of that name, as `add` adds one. */
  set(name: string, value: string): void {
    const id = knownId(name)
    if (id === Known.other || (this.present & bit(id)) !== 0) this.drop(id, name)
    this.append(id, name, fieldText(value), true)
  }

  /** Puts one field in the place of all of that name, as `addKnown` adds one. */
  setKnown(id: KnownId, name: string, value: string): void {
    if ((this.present & bit(id)) !== 0) this.drop(id, name)
    this.append(id, name, value, false)
  }

  /** Calls back for each field in order. */
  each(visit: (name: string, value: string) => void): void {
    for (let line = 0, at = 0; line < this.lines; line++, at += STRIDE) {
      if (this.marks[at] !== DROPPED) visit(this.nameAt(at), this.valueAt(at))
    }
    for (let i = 0; i < this.added; i++) visit(this.names[i] as string, this.values[i] as string)
  }

  /** A block of its own with the same fields. */
  copy(): HeaderBlock {
    const copy = new HeaderBlock()
    this.each((name, value) => copy.add(name, value))
    return copy
  }

  /** Becomes the same fields as another block has, whose text they share. Returns how many and how long they are as lines. */
  assign(other: HeaderBlock): { readonly fields: number; readonly bytes: number } {
    const { marks, lines, added } = other
    const own = this.marks
    this.reset()
    let fields = 0
    let bytes = 0
    for (let line = 0, at = 0; line < lines; line++, at += STRIDE) {
      const id = marks[at] as number
      const start = marks[at + 1] as number
      const end = marks[at + 3] as number
      own[at] = id
      own[at + 1] = start
      own[at + 2] = marks[at + 2] as number
      own[at + 3] = end
      if (id === DROPPED) continue
      this.present |= 1 << id
      fields++
      bytes += end - start + 2
    }
    for (let i = 0; i < added; i++) {
      const name = other.names[i] as string
      const value = other.values[i] as string
      this.append(other.ids[i] as KnownId, name, value, other.unchecked[i] === true)
      bytes += name.length + value.length + 4
    }
    this.text = other.text
    this.lines = lines
    return { fields: fields + added, bytes }
  }

  /** True when each field passes whose text neither a parser nor this proxy vouches for. */
  everyUnchecked(test: (name: string, value: string) => boolean): boolean {
    for (let i = 0; i < this.added; i++)
      if (this.unchecked[i] === true && !test(this.names[i] as string, this.values[i] as string)) return false
    return true
  }

  /** All fields as lines, each after a CRLF: what stands between a start line and the CRLF CRLF that ends a head. */
  toLines(): string {
    const { text, marks, lines } = this
    let out = ''
    let run = -1
    let last = 0
    for (let line = 0, at = 0; line < lines; line++, at += STRIDE) {
      if (marks[at] === DROPPED) {
        if (run >= 0) out += text.slice(run, last)
        run = -1
      } else {
        if (run < 0) run = (marks[at + 1] as number) - 2
        last = marks[at + 3] as number
      }
    }
    if (run >= 0) out += text.slice(run, last)
    for (let i = 0; i < this.added; i++) {
      out += leadOf(this.ids[i] as KnownId, this.names[i] as string)
      out += this.values[i] as string
    }
    return out
  }

  private move(from: number, to: number): void {
    if (from === to) return
    this.names[to] = this.names[from] as string
    this.values[to] = this.values[from] as string
    this.ids[to] = this.ids[from] as KnownId
    this.unchecked[to] = this.unchecked[from] as boolean
  }

  /** Forgets what was added from there on; no text of it is held. */
  private keepAdded(count: number): void {
    for (let i = count; i < this.added; i++) this.values[i] = ''
    this.added = count
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
      marks[at + 1] = out.length + 2
      marks[at + 2] = out.length + name.length + 4
      out += `\r\n${name}: ${value}`
      marks[at + 3] = out.length
    }
    return out
  }
}

function join(left: string | undefined, right: string): string {
  return left === undefined ? right : `${left},${right}`
}
