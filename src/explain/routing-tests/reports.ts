// The outcome of routing tests as text, TAP and JUnit XML.
import { formatOrigin } from '../../diagnostics/origin.ts'
import type { TestReport, TestResult } from './routing-test.ts'

const failed = ({ problems }: TestResult): boolean => problems.length > 0

const summaryOf = ({ results, coverage }: TestReport): string => {
  const bad = results.filter(failed).length
  const taken = coverage.total - coverage.missed.length
  return `${results.length - bad} passed, ${bad} failed; ${taken} of ${coverage.total} routes exercised`
}

/** For people: failures with what differed, then the routes that no test took. */
export function textReport(report: TestReport): string {
  const { results, coverage } = report
  const lines = results.flatMap((result) => [
    `${failed(result) ? '✗' : '✓'} ${result.test.name}`,
    ...result.problems.map((problem) => `    ${problem}`),
    ...(failed(result) ? [`    at ${result.test.place}`] : []),
  ])
  const missed = coverage.missed.map(
    ({ route, host, origin }) => `    ${host}: ${route}  ${formatOrigin(origin)}`,
  )
  return [
    ...lines,
    ...(missed.length > 0 ? ['', 'Not exercised:', ...missed] : []),
    '',
    summaryOf(report),
    '',
  ].join('\n')
}

/** Test Anything Protocol, version 14. */
export function tapReport({ results }: TestReport): string {
  const lines = results.flatMap((result, index) => [
    `${failed(result) ? 'not ok' : 'ok'} ${index + 1} - ${result.test.name.replace(/[#\n]/g, ' ')}`,
    ...(failed(result)
      ? [
          '  ---',
          `  at: ${JSON.stringify(result.test.place)}`,
          '  problems:',
          ...result.problems.map((one) => `    - ${JSON.stringify(one)}`),
          '  ...',
        ]
      : []),
  ])
  return ['TAP version 14', `1..${results.length}`, ...lines, ''].join('\n')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
}
/** Characters that XML 1.0 has no form for become a question mark. */
const xml = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones XML forbids
  text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, '?').replace(/[&<>"\n]/g, (one) => ENTITIES[one] ?? one)

/** JUnit XML as CI systems read it. */
export function junitReport({ results }: TestReport): string {
  const cases = results.map((result) => {
    const { name, place } = result.test
    const head = `    <testcase name="${xml(name)}" classname="${xml(place.split(' ')[0] ?? '')}"`
    if (!failed(result)) return `${head}/>`
    return `${head}>\n      <failure message="${xml(result.problems[0] ?? '')}">${xml(`${result.problems.join('\n')}\nat ${place}`)}</failure>\n    </testcase>`
  })
  const counts = `tests="${results.length}" failures="${results.filter(failed).length}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="sallyport" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

/** For programs. */
export const jsonReport = ({ results, coverage }: TestReport): object => ({
  tests: results.map(({ test, problems }) => ({
    name: test.name,
    place: test.place,
    ok: problems.length === 0,
    problems,
  })),
  coverage,
})
