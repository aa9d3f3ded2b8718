// The fieldSelector query parameter: `path=value`, `path==value`, `path!=value`, joined by commas; `\\`, `\,` and `\=` stand for themselves.
import type { KubeObject } from '../../resources/object.ts'
import type { KindDefinition } from '../kind.ts'

export type FieldPredicate = (object: KubeObject) => boolean

/** A predicate over stored objects of the kind, or what is wrong with the text. */
export function parseFieldSelector(
  text: string,
  kind: KindDefinition,
): { match: FieldPredicate } | { error: string } {
  const terms: FieldPredicate[] = []
  for (const term of splitTerms(text)) {
    if (term === '') continue
    const parsed = /^((?:[^\\=!]|\\.|!(?!=))*)(==|!=|=)(.*)$/s.exec(term)
    const [, path = '', operator, value = ''] = parsed ?? []
    if (!parsed) return { error: `invalid selector: '${text}'; can't understand '${term}'` }
    const read = reader(path.trim(), kind)
    if (!read) return { error: `field label not supported: ${path.trim()}` }
    const wanted = value.replace(/\\([\\,=])/g, '$1')
    terms.push((object) => (read(object) === wanted) === (operator !== '!='))
  }
  return { match: (object) => terms.every((holds) => holds(object)) }
}

function reader(path: string, kind: KindDefinition): ((object: KubeObject) => string) | undefined {
  if (path === 'metadata.name') return (object) => object.metadata.name
  if (path === 'metadata.namespace') return (object) => object.metadata.namespace ?? ''
  const fields = kind.selectableFields ?? {}
  return Object.hasOwn(fields, path) ? fields[path] : undefined
}

function splitTerms(text: string): string[] {
  const terms: string[] = []
  let term = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' && i + 1 < text.length) term += `\\${text[++i]}`
    else if (text[i] === ',') {
      terms.push(term)
      term = ''
    } else term += text[i]
  }
  return [...terms, term]
}
