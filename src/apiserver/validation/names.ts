// The name rules of Kubernetes. Each check returns what is wrong with a text, an empty list when nothing is; texts as in apimachinery's validation package.

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const WILDCARD = `\\*\\.${SUBDOMAIN}`
const CONFIG_KEY = '[-._a-zA-Z0-9]+'
const NAME_PART = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const LABEL_VALUE = `(${NAME_PART})?`

const encoder = new TextEncoder()
/** Length in UTF-8 bytes: all limits of the API count bytes. */
export const byteLength = (text: string): number => encoder.encode(text).length

/** `must be no more than N bytes`. */
export const maxLenError = (bytes: number): string => `must be no more than ${bytes} bytes`

/** The tail of a pattern message: examples, then the pattern. */
export function regexError(message: string, pattern: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${pattern}')`
  const shown = examples.map((example) => `'${example}', `).join(' or ')
  return `${message} (e.g. ${shown}regex used for validation is '${pattern}')`
}

function check(
  value: string,
  pattern: string,
  max: number,
  message: string,
  ...examples: readonly string[]
): string[] {
  const errors: string[] = []
  if (byteLength(value) > max) errors.push(maxLenError(max))
  if (!compiled(pattern).test(value)) errors.push(regexError(message, pattern, ...examples))
  return errors
}

const patterns = new Map<string, RegExp>()
function compiled(pattern: string): RegExp {
  let regex = patterns.get(pattern)
  if (!regex) {
    regex = new RegExp(`^(?:${pattern})$`)
    patterns.set(pattern, regex)
  }
  return regex
}

/** RFC 1123 label, at most 63 bytes. */
export const dns1123Label = (value: string): string[] =>
  check(
    value,
    LABEL,
    63,
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    'my-name',
    '123-abc',
  )

/** RFC 1123 subdomain, at most 253 bytes: the name rule of most kinds. */
export const dns1123Subdomain = (value: string): string[] =>
  check(
    value,
    SUBDOMAIN,
    253,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    'example.com',
  )

/** RFC 1035 label, at most 63 bytes: Service names. */
export const dns1035Label = (value: string): string[] =>
  check(
    value,
    LABEL_1035,
    63,
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    'my-name',
    'abc-123',
  )

/** `*.` and a subdomain. */
export const wildcardSubdomain = (value: string): string[] =>
  check(
    value,
    WILDCARD,
    253,
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    '*.example.com',
  )

/** A key of a ConfigMap or Secret. */
export function configKey(value: string): string[] {
  const errors = check(
    value,
    CONFIG_KEY,
    253,
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    'key.name',
    'KEY_NAME',
    'key-name',
  )
  if (value === '.') errors.push("must not be '.'")
  else if (value === '..') errors.push("must not be '..'")
  else if (value.startsWith('..')) errors.push("must not start with '..'")
  return errors
}

const QUALIFIED_TEXT = regexError(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  NAME_PART,
  'MyName',
  'my.name',
  '123-abc',
)

/** `[prefix/]name`: label and annotation keys, finalizers. */
export function qualifiedName(value: string): string[] {
  const parts = value.split('/')
  if (parts.length > 2) {
    return [
      `a valid label key ${QUALIFIED_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const errors: string[] = []
  const [prefix, name] = parts.length === 2 ? [parts[0], parts[1] ?? ''] : [undefined, parts[0] ?? '']
  if (prefix === '') errors.push('prefix part must be non-empty')
  else if (prefix !== undefined) {
    errors.push(...dns1123Subdomain(prefix).map((message) => `prefix part ${message}`))
  }
  if (name === '') errors.push('name part must be non-empty')
  else if (byteLength(name) > 63) errors.push(`name part ${maxLenError(63)}`)
  if (!compiled(NAME_PART).test(name)) errors.push(`name part ${QUALIFIED_TEXT}`)
  return errors
}

/** The value of a label, at most 63 bytes. */
export const labelValue = (value: string): string[] =>
  check(
    value,
    LABEL_VALUE,
    63,
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    'MyValue',
    'my_value',
    '12345',
  )

/** The name of an environment variable. */
export function envVarName(value: string): string[] {
  const errors: string[] = []
  if (value === '') errors.push('environment variable name must be non-empty')
  else if (!/^[\x20-\x3c\x3e-\x7e]+$/.test(value)) {
    errors.push(
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
    )
  }
  return errors
}

/** IANA_SVC_NAME: the name of a container port, at most 15 bytes. */
export function portName(value: string): string[] {
  const errors: string[] = []
  if (byteLength(value) > 15) errors.push(maxLenError(15))
  if (!/^[-a-z0-9]+$/.test(value)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  }
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)')
  if (value.includes('--')) errors.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen')
  return errors
}

/** A port number that something can listen on. */
export const portNumber = (value: number): string[] =>
  Number.isInteger(value) && value >= 1 && value <= 65535 ? [] : ['must be between 1 and 65535, inclusive']

/** RBAC names, and whatever else only has to be a URL path segment. */
export function pathSegmentName(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%']
    .filter((character) => value.includes(character))
    .map((character) => `may not contain '${character}'`)
}
