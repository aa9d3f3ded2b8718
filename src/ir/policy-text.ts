// Predicates of policies in one line, for people: `principal is "a" and not (path starts with "/admin")`.
import type { StringMatch } from './match.ts'
import type { Attribute, Predicate } from './policy.ts'

const VERBS = { exact: 'is', prefix: 'starts with', suffix: 'ends with', regex: 'matches' } as const

function attributeText(attribute: Attribute): string {
  if (attribute.of === 'claim') return `claim ${attribute.path.join('.')}`
  return attribute.of === 'header' ? `header ${attribute.name}` : attribute.of
}

function matchText(subject: string, match: StringMatch): string {
  return match.kind === 'present' ? `${subject} is there` : `${subject} ${VERBS[match.kind]} "${match.value}"`
}

function joined(of: readonly Predicate[], word: 'and' | 'or', none: string): string {
  const [only] = of
  if (only === undefined) return none
  if (of.length === 1) return predicateText(only)
  return of
    .map((one) =>
      (one.kind === 'all' || one.kind === 'any') && one.of.length > 1
        ? `(${predicateText(one)})`
        : predicateText(one),
    )
    .join(` ${word} `)
}

/** The text of a predicate; `anything` and `nothing` for the empty ones. */
export function predicateText(predicate: Predicate): string {
  switch (predicate.kind) {
    case 'all':
      return joined(predicate.of, 'and', 'anything')
    case 'any':
      return joined(predicate.of, 'or', 'nothing')
    case 'not':
      return `not (${predicateText(predicate.of)})`
    case 'match':
      return matchText(attributeText(predicate.attribute), predicate.match)
    case 'path-template':
      return `path is like "${predicate.value}"`
    case 'cidr':
      return `${predicate.attribute} is in ${predicate.value}`
    case 'port':
      return `port is ${predicate.value}`
  }
}
