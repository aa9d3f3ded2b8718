// Annotations that set one thing for some services or for all: the most common form.
import type { Contribution, ServiceSettings } from '../settings.ts'
import { type Grammar, type Parser, readEntries } from './entries.ts'
import { list } from './values.ts'

/** A reader for `key=value [serviceName=a,b]`, or just the value where the oldest form is allowed. */
export function serviceEntries<T>(
  key: string,
  parser: Parser<T>,
  options: { readonly keyless: boolean },
  settings: (value: T) => ServiceSettings,
): (text: string) => Contribution {
  const grammar: Grammar<Record<string, Parser<T>>, { serviceName: typeof list }> = {
    mandatory: { [key]: parser },
    optional: { serviceName: list },
    ...(options.keyless ? { keyless: key } : {}),
  }
  return (text) => {
    const { entries, faults } = readEntries(text, grammar)
    return {
      faults,
      services: entries.map((entry) => ({
        ...(entry.serviceName === undefined ? {} : { names: entry.serviceName as readonly string[] }),
        settings: settings(entry[key] as T),
      })),
    }
  }
}
