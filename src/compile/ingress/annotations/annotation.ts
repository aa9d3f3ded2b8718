// What an annotation is: declared once, in its own file; the index, the known-key check and docs/annotations.md are made from the declarations.
import type { Contribution } from '../settings.ts'

/** The prefix of the classic ALB's annotations. */
export const ALB_PREFIX = 'ingress.bluemix.net/'

export interface Annotation {
  /** Without prefix. */
  readonly name: string
  /** One line of grammar. */
  readonly syntax: string
  /** What it does, default and limits: the text of docs/annotations.md. */
  readonly doc: string
  /** Never throws: what cannot be read becomes a fault. */
  readonly read: (text: string) => Contribution
}

/** Declares an annotation. */
export function annotation(declaration: Annotation): Annotation {
  return declaration
}
