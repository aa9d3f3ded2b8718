// The documents of a text, one by one: by the fast parser, and by the one that keeps a syntax tree where that one cannot say.
import { readByEvents } from './by-events.ts'
import { type DocumentRead, readByTree } from './by-tree.ts'

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
  const found = content === undefined ? undefined : readByEvents(text.slice(content, end), content)
  if (found === 'empty') return []
  return found === undefined ? readByTree(text.slice(start, end), start) : [found]
}

/** Lines that end as on Windows, a byte order mark, directives, which say how to read the documents behind them, lines that only start like the end of a document, and tabs that indent. */
const ODD = /[\r\ufeff]|^%|^---[^ \n]|^ *\t/m

/** All documents, in order. A broken one does not touch the others. */
export function readDocuments(text: string): readonly DocumentRead[] {
  if (ODD.test(text)) return readByTree(text, 0)
  const starts = startsOf(text)
  return starts.flatMap((start, index) => readOne(text, start, starts[index + 1] ?? text.length))
}
