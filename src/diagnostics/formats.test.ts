// SARIF and GitHub commands of a finding.
import { describe, expect, it } from 'vitest'
import { type Code, catalogue } from './catalogue.ts'
import { diagnostic } from './diagnostic.ts'
import { githubCommands } from './github.ts'
import type { Origin } from './origin.ts'
import { sarifLog } from './sarif.ts'
import { sarifProblems } from './testing/sarif-schema.ts'

const object = { apiVersion: 'v1', kind: 'Service', namespace: 'a', name: 'b' }
const finding = diagnostic(
  'SP0701',
  { object, field: 'spec.selector', file: 'dir/my file.yaml', line: 3, column: 5 },
  '100% of it,\nfailed: here',
  { advice: 'Do this.' },
)

describe('githubCommands', () => {
  it('escapes what would end the command or a property', () => {
    expect(githubCommands([finding])).toBe(
      '::warning file=dir/my file.yaml,line=3,col=5,title=SP0701::Service a/b spec.selector: 100%25 of it,%0Afailed: here%0ADo this.\n',
    )
  })

  it('escapes colons and commas of properties, and carriage returns', () => {
    const odd = diagnostic('SP0106', { file: 'C:\\a,b%.yaml', line: 1 }, 'one\r\ntwo: three, four')
    expect(githubCommands([odd])).toBe(
      '::error file=C%3A\\a%2Cb%25.yaml,line=1,title=SP0106::one%0D%0Atwo: three, four\n',
    )
  })

  it('leaves out the place when there is none', () => {
    expect(githubCommands([diagnostic('SP0106', {}, 'x')])).toBe('::error title=SP0106::x\n')
  })
})

describe('sarifLog', () => {
  it('names rule, level and place', () => {
    const log = sarifLog([finding, diagnostic('SP0106', {}, 'x')], '1.2.3') as {
      runs: { tool: { driver: { rules: { id: string }[] } }; results: Record<string, unknown>[] }[]
    }
    const [run] = log.runs
    expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual(['SP0106', 'SP0701'])
    expect(run?.results[0]).toEqual({
      ruleId: 'SP0701',
      ruleIndex: 1,
      level: 'warning',
      message: { text: '100% of it,\nfailed: here Do this.' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'dir/my%20file.yaml' },
            region: { startLine: 3, startColumn: 5 },
          },
          logicalLocations: [{ fullyQualifiedName: 'Service a/b spec.selector', name: 'Service a/b' }],
        },
      ],
    })
    expect(run?.results[1]).toMatchObject({ level: 'error', locations: [{}] })
  })

  it('is valid by the schema of SARIF, with every code and every kind of place', () => {
    const places: readonly Origin[] = [
      {},
      { file: 'a b/ü.yaml' },
      { file: '/tmp/in.yaml', line: 1 },
      { file: 'in.yaml', line: 3, column: 7, object, field: 'spec.ports[0]' },
      { object },
    ]
    const findings = (Object.keys(catalogue) as Code[]).flatMap((code) =>
      places.map((place) =>
        diagnostic(code, place, 'a "message"', { related: [{ message: 'the other', origin: place }] }),
      ),
    )
    expect(sarifProblems(sarifLog(findings, '1.2.3'))).toEqual([])
    expect(sarifProblems(sarifLog([], '1.2.3'))).toEqual([])
    expect(sarifProblems({ version: '2.1.0', runs: [{ results: [] }] })).toEqual([
      "/runs/0 must have required property 'tool'",
    ])
  })
})
