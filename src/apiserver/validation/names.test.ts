import { describe, expect, it } from 'vitest'
import {
  configKey,
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  envVarName,
  labelValue,
  pathSegmentName,
  portName,
  qualifiedName,
  wildcardSubdomain,
} from './names.ts'

const rules = {
  configKey,
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  envVarName,
  labelValue,
  pathSegmentName,
  portName,
  qualifiedName,
  wildcardSubdomain,
}

describe('name rules', () => {
  it.each([
    ['dns1123Label', ['a', '0a-b', 'a'.repeat(63)], ['', 'A', '-a', 'a.b', 'a_b', 'a\n', 'a'.repeat(64)]],
    ['dns1123Subdomain', ['a.b-c.0', 'a'.repeat(253)], ['', 'a..b', '.a', 'a.', 'A.b', 'a'.repeat(254)]],
    ['dns1035Label', ['a-1'], ['1a', 'a-', '']],
    ['wildcardSubdomain', ['*.a.b'], ['*', '*.*.a', 'a.b', '**.a']],
    ['configKey', ['a', '.a', 'a_B.c-1', '...x'.slice(2)], ['', '.', '..', '..a', 'a/b', 'ü']],
    ['qualifiedName', ['a', 'A_b.c', 'x.y/Z'], ['', '/a', 'x/', 'a/b/c', 'X.y/a', '-a', 'ü']],
    ['labelValue', ['', 'A', 'a_b.c-D'], ['-a', 'a b', 'a'.repeat(64)]],
    ['portName', ['http', 'a-1'], ['1', '-a', 'a-', 'a--b', 'A', 'a'.repeat(16), '']],
    ['pathSegmentName', ['system:x', 'A b'], ['.', '..', 'a/b', 'a%b']],
    ['envVarName', ['A_b', '1x y'], ['', 'a=b', 'ü']],
  ] as const)('%s', (rule, good, bad) => {
    for (const name of good) expect(rules[rule](name), name).toEqual([])
    for (const name of bad) expect(rules[rule](name), name).not.toEqual([])
  })

  it('end with examples and the pattern', () => {
    expect(dns1123Label('A')).toEqual([
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ])
    expect(qualifiedName('a/b/c')[0]).toMatch(
      /^a valid label key must consist of .* \(e\.g\. 'example\.com\/MyName'\)$/,
    )
  })
})
