// location-modifier: how the paths of a service's rules match, as nginx location modifiers.
import { annotation } from '../annotation.ts'
import { type Parser, readEntries } from '../entries.ts'
import { list } from '../values.ts'

type Modifier = '=' | '~' | '~*' | '^~'
const MODIFIERS: readonly Modifier[] = ['=', '~', '~*', '^~']

/** Quotes are required; an `=` inside of them is the modifier itself. */
const modifier: Parser<Modifier> = (text) => {
  const value = MODIFIERS.find((one) => text === `'${one}'`)
  return value === undefined ? { expected: "one of '=', '~', '~*' and '^~', in quotes" } : { value }
}

export const locationModifier = annotation({
  name: 'location-modifier',
  syntax: "modifier='=|~|~*|^~' serviceName=<services>[;…]",
  doc: "How the paths of the service's rules match: '=' exactly, '~' as a regular expression, '~*' the same without regard to case, '^~' as a prefix before all regular expressions. Regular expressions are RE2 and match anywhere in the path unless they are anchored.",
  read: (text) => {
    const { entries, faults } = readEntries(text, {
      mandatory: { modifier, serviceName: list },
      optional: {},
    })
    return {
      faults,
      services: entries.map((entry) => ({
        names: entry.serviceName,
        settings: { modifier: entry.modifier },
      })),
    }
  },
})
