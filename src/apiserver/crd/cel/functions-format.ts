// The format library of Kubernetes: named checks whose result is none, or the list of what is wrong.
import { type Environment, Optional } from '@marcbachmann/cel-js'
import {
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  labelValue,
  qualifiedName,
} from '../../validation/names.ts'
import { hasFormat } from '../formats.ts'

type Check = (text: string) => readonly string[]

class Format {
  readonly check: Check
  constructor(check: Check) {
    this.check = check
  }
}
class Formats {}

/** The prefix of a generated name may end in a dash. */
const prefix =
  (check: Check): Check =>
  (text) =>
    check(text.replace(/-$/, 'a'))
const known =
  (name: string, message: string): Check =>
  (text) =>
    hasFormat(text, name) ? [] : [message]

const FORMATS: Readonly<Record<string, Check>> = {
  dns1123Label,
  dns1123Subdomain,
  dns1035Label,
  qualifiedName,
  labelValue,
  dns1123LabelPrefix: prefix(dns1123Label),
  dns1123SubdomainPrefix: prefix(dns1123Subdomain),
  dns1035LabelPrefix: prefix(dns1035Label),
  uri: known('uri', 'invalid URI'),
  uuid: known('uuid', 'does not match the UUID format'),
  byte: known('byte', 'invalid base64'),
  date: known('date', 'invalid date'),
  datetime: known('datetime', 'invalid datetime'),
}

/** Adds `format.<name>()`, `format.named(name)` and `.validate(text)`. */
export function registerFormats(environment: Environment): void {
  environment.registerType('Formats', Formats)
  environment.registerType('kubernetes.NamedFormat', Format)
  environment.registerConstant('format', 'Formats', new Formats())
  const made = Object.entries(FORMATS).map(([name, check]) => [name, new Format(check)] as const)
  for (const [name, format] of made) {
    environment.registerFunction(`Formats.${name}(): kubernetes.NamedFormat`, () => format)
  }
  const byName = new Map(made)
  environment.registerFunction(
    'Formats.named(string): optional<kubernetes.NamedFormat>',
    (_: unknown, name: string) => {
      const format = byName.get(name)
      return format ? Optional.of(format) : Optional.none()
    },
  )
  environment.registerFunction(
    'kubernetes.NamedFormat.validate(string): optional<list<string>>',
    (format: Format, text: string) => {
      const errors = format.check(text)
      return errors.length === 0 ? Optional.none() : Optional.of([...errors])
    },
  )
}
