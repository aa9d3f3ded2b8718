// Documents as js-yaml reads them, many times as fast as a syntax tree is made; the places come from the events of its parser.
import { type EventType, load, type State, YAMLException } from 'js-yaml'
import type { Place } from './place.ts'
import { CORE } from './scalars.ts'

/** A value that was read, and where it starts; `place` when it is a map or a list. */
interface Node {
  readonly start: number
  readonly value: unknown
  readonly place: Place | undefined
}

/** The document as a whole. */
export type Found = Pick<Node, 'value' | 'place'>

/** The parser's events do not tell enough about these texts: anchors, tags, keys with `?`, entries without a value in braces. */
class Unclear extends Error {}

function giveUp(): never {
  throw new Unclear()
}

/** What may stand before a value: white space, line ends, comments. */
const SEPARATION = /(?:[ \t\n]|(?<=[ \t\n])#[^\n]*)*/y

/** A comment that touches what it follows, which is an error to the other parser; or a string that looks like it. */
const TOUCHING = /["'[\]{},]#/

/** The first line, and one with content that says how far the text is indented. */
const LITERAL = /\|[-+]?\n +[^\s]/y

/** Turns the events of one document into its tree. */
class Tree {
  readonly #text: string
  readonly #shift: number
  readonly #starts: number[] = []
  readonly #parts: Node[][] = [[]]

  constructor(text: string, shift: number) {
    this.#text = text
    this.#shift = shift
  }

  readonly listener = (event: EventType, state: State): void => {
    if (event === 'open') {
      this.#starts.push(this.#contentAfter(state.position))
      this.#parts.push([])
    } else this.#close(state as State & Tagged)
  }

  root(): Node | undefined {
    return this.#parts[0]?.[0]
  }

  /** A block scalar in the form that both parsers read alike, and that people write. */
  #literal(start: number): boolean {
    LITERAL.lastIndex = start
    return LITERAL.test(this.#text)
  }

  #contentAfter(position: number): number {
    SEPARATION.lastIndex = position
    SEPARATION.exec(this.#text)
    return SEPARATION.lastIndex
  }

  #close({ kind, result, anchor }: State & Tagged): void {
    const start = this.#starts.pop() ?? 0
    const parts = this.#parts.pop() ?? []
    const first = this.#text.charAt(start)
    if (anchor !== null || first === '!' || first === '&' || first === '*') giveUp()
    if ((first === '|' || first === '>') && !this.#literal(start)) giveUp()
    const at = start + this.#shift
    this.#parts.at(-1)?.push({ start: at, value: result, place: placeOf(kind, at, parts, result) })
  }
}

/** What the parser's state has beside what its types say. */
interface Tagged {
  readonly anchor: string | null
}

function placeOf(kind: string | null, at: number, parts: readonly Node[], value: unknown): Place | undefined {
  if (kind !== 'mapping' && kind !== 'sequence') return undefined
  // In braces, and read as a key first, which it then was not.
  const [only] = parts
  if (parts.length === 1 && only?.place !== undefined && only.value === value) return only.place
  return Array.isArray(value) ? placeOfList(at, parts, value) : placeOfMap(at, parts, value as object)
}

/** A map's parts are keys and values in turn. */
function placeOfMap(at: number, parts: readonly Node[], value: object): Place {
  const entries = parts.filter((_, index) => index % 2 === 0)
  const keys = entries.map(({ value: key, place }) =>
    key === null || place !== undefined ? giveUp() : String(key),
  )
  if (parts.length !== 2 * Object.keys(value).length || !keys.every((key) => Object.hasOwn(value, key)))
    giveUp()
  return {
    at,
    keys,
    starts: entries.map(({ start }) => start),
    parts: parts.filter((_, index) => index % 2 === 1).map(({ place }) => place),
  }
}

function placeOfList(at: number, parts: readonly Node[], value: readonly unknown[]): Place {
  if (parts.length !== value.length || parts.some((part, index) => !Object.is(part.value, value[index])))
    giveUp()
  return { at, starts: parts.map(({ start }) => start), parts: parts.map(({ place }) => place) }
}

/** The one document of a text that starts at the offset `shift` of a larger one, 'empty' when it has no value; undefined when it is in error, or the events do not tell enough. */
export function readByEvents(text: string, shift: number): Found | 'empty' | undefined {
  if (TOUCHING.test(text)) return undefined
  const tree = new Tree(text, shift)
  try {
    const value = load(text, { schema: CORE, listener: tree.listener })
    const root = tree.root()
    if (root === undefined || value === undefined || value === null) return 'empty'
    return { value, place: root.place ?? { at: root.start, starts: [], parts: [] } }
  } catch (error) {
    if (error instanceof Unclear || error instanceof YAMLException) return undefined
    throw error
  }
}
