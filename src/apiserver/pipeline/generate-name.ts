// Names from metadata.generateName (apiserver storage/names).
import { randomInt } from 'node:crypto'

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'
const SUFFIX = 5
const MAX_BASE = 63 - SUFFIX

/** The base, cut where needed, and five characters without vowels, so that no words come out. */
export function generateName(base: string): string {
  let name = base.slice(0, MAX_BASE)
  for (let i = 0; i < SUFFIX; i++) name += ALPHABET[randomInt(ALPHABET.length)]
  return name
}
