// Reads routing tests out of parsed YAML: our own form (`tests:`) or that of istio-config-validator (`testCases:`). What is not understood is refused, never skipped.
import { type Plain, Reader } from './reader.ts'
import type { Expectation, RoutingTest, TestRequest } from './routing-test.ts'
import { validatorTests } from './validator-tests.ts'

export interface ParsedTests {
  readonly tests: readonly RoutingTest[]
  readonly problems: readonly string[]
}

/** The tests of one document; `file` names it in messages. */
export function parseTests(document: unknown, file: string): ParsedTests {
  const reader = new Reader(file)
  const root = reader.object(document, '')
  if (root === undefined) return { tests: [], problems: reader.problems }
  const tests = 'testCases' in root ? validatorTests(root, reader) : ownTests(root, reader)
  if (tests.length === 0 && reader.problems.length === 0) reader.refuse('', 'holds no tests')
  return { tests, problems: reader.problems }
}

function ownTests(root: Plain, reader: Reader): readonly RoutingTest[] {
  reader.known(root, '', ['tests'])
  return (reader.list(root['tests'], 'tests') ?? []).flatMap((one, index) => {
    const place = `tests[${index}]`
    const test = reader.object(one, place)
    return test ? (parseTest(test, place, reader) ?? []) : []
  })
}

function parseTest(test: Plain, place: string, reader: Reader): RoutingTest | undefined {
  reader.known(test, place, ['name', 'request', 'expect'])
  const request = reader.object(test['request'], `${place}.request`)
  const expect = reader.object(test['expect'], `${place}.expect`)
  if (!request || !expect) return undefined
  const parsed = parseRequest(request, `${place}.request`, reader)
  return {
    name: reader.text(test['name'], `${place}.name`) ?? `${parsed.method} ${parsed.url}`,
    place: `${reader.file} ${place}`,
    request: parsed,
    expect: parseExpectation(expect, `${place}.expect`, reader),
  }
}

function parseRequest(request: Plain, place: string, reader: Reader): TestRequest {
  reader.known(request, place, [
    'method',
    'url',
    'host',
    'path',
    'scheme',
    'sni',
    'headers',
    'from',
    'client',
  ])
  const text = (key: string) => reader.text(request[key], `${place}.${key}`)
  const host = text('host')
  const url =
    text('url') ??
    (host === undefined ? undefined : `${text('scheme') ?? 'https'}://${host}${text('path') ?? '/'}`)
  if (url === undefined) reader.refuse(place, 'needs url, or host (and path)')
  const sni = text('sni')
  const client =
    request['client'] === undefined ? undefined : reader.object(request['client'], `${place}.client`)
  return {
    method: (text('method') ?? 'GET').toUpperCase(),
    url: url ?? '',
    headers: Object.entries(reader.texts(request['headers'], `${place}.headers`) ?? {}),
    from: text('from') ?? 'internet',
    ...(sni === undefined ? {} : { sni }),
    ...(client === undefined ? {} : parseClient(client, `${place}.client`, reader)),
  }
}

function parseClient(client: Plain, place: string, reader: Reader): Pick<TestRequest, 'client'> {
  reader.known(client, place, ['secret', 'certificate', 'key'])
  const secret = reader.text(client['secret'], `${place}.secret`)
  if (secret !== undefined) return { client: { secret } }
  const certificate = reader.text(client['certificate'], `${place}.certificate`)
  const key = reader.text(client['key'], `${place}.key`)
  if (certificate !== undefined) return { client: { certificate, ...(key === undefined ? {} : { key }) } }
  reader.refuse(place, 'needs secret (namespace/name) or certificate (a PEM file)')
  return {}
}

const TEXTS = ['answeredBy', 'backend', 'route', 'path', 'host', 'location', 'reason'] as const

function parseExpectation(expect: Plain, place: string, reader: Reader): Expectation {
  reader.known(expect, place, [...TEXTS, 'status', 'headers', 'refused', 'mirror', 'weights'])
  if (Object.keys(expect).length === 0) reader.refuse(place, 'expects nothing')
  const at = (key: string) => `${place}.${key}`
  const status = reader.number(expect['status'], at('status'))
  const headers = reader.texts(expect['headers'], at('headers'), true)
  const weights = reader.numbers(expect['weights'], at('weights'))
  const refused = expect['refused'] === true ? true : reader.text(expect['refused'], at('refused'))
  const mirror = expect['mirror']
  const mirrors = Array.isArray(mirror)
    ? mirror.flatMap((one, index) => reader.text(one, `${at('mirror')}[${index}]`) ?? [])
    : reader.text(mirror, at('mirror'))
  const texts = TEXTS.flatMap((key) => {
    const value = reader.text(expect[key], at(key))
    return value === undefined ? [] : [[key, value] as const]
  })
  return {
    ...Object.fromEntries(texts),
    ...(status === undefined ? {} : { status }),
    ...(headers === undefined ? {} : { headers }),
    ...(weights === undefined ? {} : { weights }),
    ...(refused === undefined ? {} : { refused }),
    ...(mirrors === undefined ? {} : { mirror: [mirrors].flat() }),
  }
}
