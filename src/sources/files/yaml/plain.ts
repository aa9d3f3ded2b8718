// YAML as manifests are written, read eight times as fast as by the library, which has the rest: this reader either knows the value or gives up.
import { BlockReader } from './block-reader.ts'
import type { Found } from './builders.ts'
import { NotPlain } from './cursor.ts'

/**
 * The document between two offsets of a text, without its `---` line; 'empty' when there are only comments. Undefined when there is anything
 * that this reader does not know: anchors, tags, tabs, folded and many-lined scalars, odd numbers, every error.
 */
export function readPlain(text: string, start: number, end: number): Found | 'empty' | undefined {
  try {
    return new BlockReader(text, start, end).document() ?? 'empty'
  } catch (error) {
    if (error instanceof NotPlain) return undefined
    throw error
  }
}
