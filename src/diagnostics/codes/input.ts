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
    istio: ['IST0106'],
  },
  SP0103: {
    severity: 'warning',
    title: 'Unknown field',
    explanation: 'No schema of this kind has a field of this name. Nothing acts on it.',
    fix: 'Remove the field or correct its spelling.',
    istio: ['IST0133'],
  },
  SP0104: {
    severity: 'warning',
    title: 'The field is stored but not acted on',
    explanation: 'The field is valid for this kind, but sallyport does not implement it.',
    fix: 'Remove it, or see docs/compatibility.md for what is supported.',
    istio: ['IST0133'],
  },
  SP0105: {
    severity: 'error',
    title: 'The object could not be processed',
    explanation:
      'Reading the object failed in a way that is a fault of sallyport or of a value that no schema caught. What the object asks for fails closed; everything else keeps working.',
    fix: 'Check the object against its schema, and report the message.',
  },
  SP0106: {
    severity: 'error',
    title: 'Compiling failed',
    explanation:
      'A fault of sallyport kept the new configuration from being compiled as a whole. The last good one stays in force.',
    fix: 'Report the message; undo the last change if it is urgent.',
  },
  SP0107: {
    severity: 'warning',
    title: 'The object is defined twice',
    explanation: 'Two documents define the same object. The later one counts, as with kubectl apply.',
    fix: 'Remove one of them.',
  },
  SP0108: {
    severity: 'warning',
    title: 'Nothing acts on this kind',
    explanation: 'The object is stored, but sallyport does not implement its kind.',
    fix: 'Remove it, or see docs/compatibility.md for what is supported.',
  },
  SP0109: {
    severity: 'warning',
    title: 'The API version has been removed',
    explanation:
      'Kubernetes or Istio no longer serves this version of the kind. sallyport still reads it, a current cluster refuses it.',
    fix: 'Write the version named in the message, with the fields as that version names them.',
    istio: ['IST0002'],
  },
} satisfies Record<string, CodeEntry>
