// Distinguished names as text (RFC 4514).
import type { Name, RelativeDistinguishedName } from '@peculiar/asn1-x509'
import { ATTRIBUTE_NAMES, OID } from './oids.ts'

/** RFC 4514 2.4: escapes the specials, a leading `#` or space and a trailing space; control characters become hex pairs. */
function escapeValue(value: string): string {
  const characters = [...value]
  return characters
    .map((character, index) => {
      if (/[\\,+"<>;]/.test(character)) return `\\${character}`
      if (index === 0 && /[# ]/.test(character)) return `\\${character}`
      if (index === characters.length - 1 && character === ' ') return '\\ '
      return /\p{Cc}/u.test(character) ? hexPairs(character) : character
    })
    .join('')
}

const hexPairs = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')

const attributes = (
  rdn: RelativeDistinguishedName,
): readonly { readonly type: string; readonly value: string }[] =>
  [...rdn].map(({ type, value }) => ({ type, value: value.toString() }))

/** The RFC 4514 text of a Name: most specific first, `''` for the empty name. */
export function formatName(name: Name): string {
  return [...name]
    .reverse()
    .map((rdn) =>
      attributes(rdn)
        .map(({ type, value }) => `${ATTRIBUTE_NAMES[type] ?? type}=${escapeValue(value)}`)
        .join('+'),
    )
    .join(',')
}

/** The last CN of a Name, if it has one. */
export function lastCommonName(name: Name): string | undefined {
  return [...name]
    .flatMap(attributes)
    .filter(({ type }) => type === OID.commonName)
    .at(-1)?.value
}
