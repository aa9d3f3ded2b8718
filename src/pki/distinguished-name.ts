// Distinguished names as text (RFC 4514).
import { child, children, type DerValue, readOid } from './der/read.ts'
import { ATTRIBUTE_NAMES, OID } from './oids.ts'

/** The text of a directory string; BMPString and UniversalString are the two that are not byte-wise. */
function directoryString(value: DerValue): string {
  const bytes = Buffer.from(value.content)
  if (value.tag === 0x1e) return bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : ''
  if (value.tag === 0x14) return bytes.toString('latin1')
  return bytes.toString('utf8')
}

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

function attributes(rdn: DerValue): readonly { readonly type: string; readonly value: string }[] {
  return children(rdn).map((pair) => ({
    type: readOid(child(pair, 0)),
    value: directoryString(child(pair, 1)),
  }))
}

/** The RFC 4514 text of a DER Name: most specific first, `''` for the empty name. */
export function formatName(name: DerValue): string {
  return [...children(name)]
    .reverse()
    .map((rdn) =>
      attributes(rdn)
        .map(({ type, value }) => `${ATTRIBUTE_NAMES[type] ?? type}=${escapeValue(value)}`)
        .join('+'),
    )
    .join(',')
}

/** The last CN of a DER Name, if it has one. */
export function lastCommonName(name: DerValue): string | undefined {
  return children(name)
    .flatMap(attributes)
    .filter(({ type }) => type === OID.commonName)
    .at(-1)?.value
}
