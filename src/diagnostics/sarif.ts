// Diagnostics as SARIF 2.1.0 (OASIS), which code scanning tools read.
import { catalogue } from './catalogue.ts'
import type { Diagnostic, Severity } from './diagnostic.ts'
import { formatOrigin, formatRef, type Origin } from './origin.ts'

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' }

const uri = (file: string): string => file.split('/').map(encodeURIComponent).join('/')

function location(origin: Origin): object {
  const { file, line, column, object } = origin
  return {
    ...(file === undefined
      ? {}
      : {
          physicalLocation: {
            artifactLocation: { uri: uri(file) },
            ...(line === undefined
              ? {}
              : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } }),
          },
        }),
    ...(object === undefined
      ? {}
      : {
          logicalLocations: [
            {
              fullyQualifiedName: formatOrigin({
                object,
                ...(origin.field === undefined ? {} : { field: origin.field }),
              }),
              name: formatRef(object),
            },
          ],
        }),
  }
}

/** The log of one run: its rules are the codes that occur. */
export function sarifLog(diagnostics: readonly Diagnostic[], version: string): object {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort()
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'sallyport',
            semanticVersion: version,
            rules: codes.map((id) => ({
              id,
              shortDescription: { text: catalogue[id].title },
              fullDescription: { text: catalogue[id].explanation },
              help: { text: catalogue[id].fix },
              defaultConfiguration: { level: LEVELS[catalogue[id].severity] },
            })),
          },
        },
        results: diagnostics.map(({ code, severity, message, origin, advice, related = [] }) => ({
          ruleId: code,
          ruleIndex: codes.indexOf(code),
          level: LEVELS[severity],
          message: { text: advice === undefined ? message : `${message} ${advice}` },
          locations: [location(origin)],
          ...(related.length === 0
            ? {}
            : {
                relatedLocations: related.map((one) => ({
                  ...location(one.origin),
                  message: { text: one.message },
                })),
              }),
        })),
      },
    ],
  }
}
