// The test-case format of istio-config-validator: each case stands for every combination of its authorities, methods and URIs.
import type { Plain, Reader } from './reader.ts'
import type { RoutingTest } from './routing-test.ts'

/** The fields of a case that are compared with those of the route found. */
const COMPARED = [
  'route',
  'redirect',
  'rewrite',
  'headers',
  'delegate',
  'fault',
  'timeout',
  'retries',
  'mirror',
] as const

/** Tests of a document with `testCases`. */
export function validatorTests(root: Plain, reader: Reader): readonly RoutingTest[] {
  reader.known(root, '', ['testCases', 'apiVersion', 'kind', 'metadata'])
  return (reader.list(root['testCases'], 'testCases') ?? []).flatMap((one, index) => {
    const place = `testCases[${index}]`
    const written = reader.object(one, place)
    return written ? testsOf(written, place, reader) : []
  })
}

function testsOf(written: Plain, place: string, reader: Reader): readonly RoutingTest[] {
  reader.known(written, place, ['description', 'wantMatch', 'request', ...COMPARED])
  const request = reader.object(written['request'], `${place}.request`)
  if (!request) return []
  reader.known(request, `${place}.request`, ['authority', 'method', 'uri', 'headers'])
  const several = (key: string, otherwise: readonly string[]) => {
    const list =
      request[key] === undefined ? otherwise : reader.list([request[key]].flat(), `${place}.request.${key}`)
    return (list ?? []).flatMap((one) => reader.text(one, `${place}.request.${key}`) ?? [])
  }
  const authorities = several('authority', [])
  if (authorities.length === 0) reader.refuse(`${place}.request`, 'needs authority')
  // Left out, it is false there as well.
  const { wantMatch = false } = written
  if (typeof wantMatch !== 'boolean') reader.refuse(`${place}.wantMatch`, 'must be true or false')
  const headers = Object.entries(reader.texts(request['headers'], `${place}.request.headers`) ?? {})
  const description = reader.text(written['description'], `${place}.description`) ?? place
  const fields = Object.fromEntries(
    COMPARED.flatMap((key) => (written[key] === undefined ? [] : [[key, written[key]] as const])),
  )
  const methods = several('method', ['GET'])
  const uris = several('uri', ['/'])
  return authorities.flatMap((authority) =>
    methods.flatMap((method) =>
      uris.map((uri) => ({
        name: `${description} (${method} ${authority}${uri})`,
        place: `${reader.file} ${place}`,
        request: { method, url: `http://${authority}${uri}`, headers, from: 'internet' },
        expect: { declared: { wantMatch: wantMatch === true, fields } },
      })),
    ),
  )
}
