// The documents of a text, one by one: the plain ones by the reader made for them, others by the library.
import { type DocumentRead, readByLibrary } from './by-library.ts'
import { readPlain } from './plain.ts'

/** Offsets at which documents start: that of the text, and those of its `---` lines. */
function startsOf(text: string): readonly number[] {
  const starts = [0]
  for (const { index } of text.matchAll(/^---(?=[ \n]|$)/gm)) if (index > 0) starts.push(index)
  return starts
}

/** Where the content of a document starts; undefined when its `---` line has some. */
function contentStart(text: string, start: number, end: number): number | undefined {
  if (!text.startsWith('---', start)) return start
  const newline = text.indexOf('\n', start)
  const lineEnd = newline < 0 || newline > end ? end : newline
  return /^--- *(?: #.*)?$/.test(text.slice(start, lineEnd)) ? lineEnd + 1 : undefined
}

function readOne(text: string, start: number, end: number): readonly DocumentRead[] {
  const content = contentStart(text, start, end)
  const plain = content === undefined ? undefined : readPlain(text, content, end)
  if (plain === 'empty') return []
  if (plain === undefined) return readByLibrary(text.slice(start, end), start)
  return [{ value: plain.value, place: plain.place }]
}

/** Lines that end as on Windows, and directives, which say how to read the documents behind them. */
const ODD = /\r|^%/m

/** All documents, in order. A broken one does not touch the others. */
export function readDocuments(text: string): readonly DocumentRead[] {
  if (ODD.test(text)) return readByLibrary(text, 0)
  const starts = startsOf(text)
  return starts.flatMap((start, index) => readOne(text, start, starts[index + 1] ?? text.length))
}
