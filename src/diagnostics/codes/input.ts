// SP01xx: what was read could not be understood or is not acted on.
import type { CodeEntry } from '../code-entry.ts'

export const inputCodes = {
  SP0101: {
    severity: 'error',
    title: 'The document is not valid YAML',
    explanation:
      'The file could not be parsed. Objects before the broken document are kept, the broken one is left out.',
    fix: 'Correct the syntax at the line given.',
  },
  SP0102: {
    severity: 'error',
    title: 'A field has the wrong type',
    explanation:
      'The value at this field cannot be read as the type its schema declares, so the object is left out.',
    fix: 'Write a value of the type named in the message.',
  },
  SP0103: {
    severity: 'warning',
    title: 'Unknown field',
    explanation: 'No schema of this kind has a field of this name. Nothing acts on it.',
    fix: 'Remove the field or correct its spelling.',
  },
  SP0104: {
    severity: 'warning',
    title: 'The field is stored but not acted on',
    explanation: 'The field is valid for this kind, but sallyport does not implement it.',
    fix: 'Remove it, or see docs/compatibility.md for what is supported.',
  },
} satisfies Record<string, CodeEntry>
