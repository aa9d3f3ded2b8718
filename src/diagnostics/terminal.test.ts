import { describe, expect, it } from 'vitest'
import { diagnostic } from './diagnostic.ts'
import { diagnosticJson } from './json.ts'
import { diagnosticEvent, diagnosticWarning } from './kubernetes.ts'
import { renderDiagnostic, renderDiagnostics } from './terminal.ts'

const object = { apiVersion: 'v1', kind: 'Service', namespace: 'a', name: 'b' }
const one = diagnostic(
  'SP0306',
  { object, field: 'spec.ports[0].name', file: 'x.yaml', line: 2, column: 3 },
  'Wrong.',
  {
    advice: 'Do better.',
    related: [{ message: 'Because of this.', origin: { file: 'x.yaml', line: 1, column: 1 } }],
  },
)
const source = (file: string) => (file === 'x.yaml' ? 'kind: Service\n  name: http # ports\n' : undefined)

describe('renderDiagnostic', () => {
  it('frames the word that the finding is on', () => {
    expect(renderDiagnostic(one, { source })).toBe(`✘ [ERROR] SP0306 Wrong.

  x.yaml:2:3: Service a/b spec.ports[0].name:
    2 │   name: http # ports
      ╵   ~~~~

  Do better.

  Because of this.
  x.yaml:1:1:
    1 │ kind: Service
      ╵ ~~~~

`)
  })

  it('does without what it does not know', () => {
    expect(renderDiagnostic({ ...one, origin: {}, related: [] })).toBe(
      '✘ [ERROR] SP0306 Wrong.\n\n\n  Do better.\n\n',
    )
    expect(renderDiagnostic({ ...one, origin: { object }, related: [] })).toContain('  Service a/b:\n')
  })

  it('colours only when asked', () => {
    expect(renderDiagnostic(one)).not.toContain('\u001b')
    expect(renderDiagnostic(one, { color: true })).toContain('\u001b[31m')
  })
})

describe('renderDiagnostics', () => {
  it('counts', () => {
    const text = renderDiagnostics([one, one, { ...one, severity: 'warning' }])
    expect(text.trimEnd().split('\n').at(-1)).toBe('2 errors, 1 warning')
    expect(renderDiagnostics([])).toBe('')
  })
})

describe('other forms', () => {
  it('are one line for kubectl', () => {
    expect(diagnosticWarning({ ...one, message: 'Two\nlines.' })).toBe(
      'spec.ports[0].name: Two lines. Do better. (SP0306)',
    )
  })
  it('are an event with the code as reason', () => {
    expect(diagnosticEvent(one)).toEqual({ type: 'Warning', reason: 'SP0306', message: 'Wrong. Do better.' })
    expect(diagnosticEvent({ ...one, severity: 'info' }).type).toBe('Normal')
  })
  it('are JSON with title and place', () => {
    expect(diagnosticJson(one)).toMatchObject({
      title: 'The backend does not exist',
      place: 'Service a/b spec.ports[0].name (x.yaml:2)',
    })
  })
})
