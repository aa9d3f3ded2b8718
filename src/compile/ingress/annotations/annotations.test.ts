import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closest } from '../../closest.ts'
import { combine } from '../settings.ts'
import { readEntries } from './entries.ts'
import { annotations } from './index.gen.ts'
import { translateVariables } from './nginx-variables.ts'
import { unsupportedAnnotations } from './unsupported.ts'
import { bool, integer, list, size0, time } from './values.ts'

describe('all annotations', () => {
  it('are named once', () => {
    const names = [...annotations.map((one) => one.name), ...unsupportedAnnotations]
    expect(new Set(names).size).toBe(names.length)
  })

  it.each(annotations)('$name says what it does and never throws', ({ read, doc, syntax }) => {
    expect(doc).not.toBe('')
    expect(syntax).not.toBe('')
    const noise = fc.array(
      fc.constantFrom(
        'serviceName=a',
        'timeout=1s',
        'enabled=true',
        '=',
        ';',
        '{',
        '}',
        '\n',
        ' ',
        'port=1',
        '$x',
      ),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          noise.map((parts) => parts.join('')),
        ),
        (text) => {
          const contribution = read(text)
          combine([contribution]).forService('a')
          for (const fault of contribution.faults) expect(fault.message).not.toBe('')
        },
      ),
    )
  })
})

describe('readEntries', () => {
  const grammar = {
    mandatory: { timeout: time },
    optional: { serviceName: list },
    keyless: 'timeout' as const,
  }
  it.each([
    ['timeout=5s', [{ timeout: 5000 }]],
    ['90s', [{ timeout: 90_000 }]],
    ['timeout = 5s serviceName = a , b', [{ timeout: 5000, serviceName: ['a', 'b'] }]],
    [
      'timeout=1s serviceName=a;\ntimeout=2m serviceName=b\n',
      [
        { timeout: 1000, serviceName: ['a'] },
        { timeout: 120_000, serviceName: ['b'] },
      ],
    ],
    [' ; timeout=1ms ; ', [{ timeout: 1 }]],
  ])('%j', (text, entries) => {
    expect(readEntries(text, grammar)).toEqual({ entries, faults: [] })
  })

  it.each([
    ['timeout=5s;timeout=no', 'One of the mandatory fields not valid/missing'],
    ['serviceName=a', 'One of the mandatory fields not valid/missing'],
    ['timeout=5s serviceName=', 'One of the optional fields not valid/missing'],
    ['timeout=5s colour=red', 'Invalid Keys Provided in the annotation entry: colour'],
    ['', 'the value is empty'],
  ])('drops everything for %j', (text, message) => {
    const { entries, faults } = readEntries(text, grammar)
    expect(entries).toEqual([])
    expect(faults[0]?.message).toContain(message)
  })
})

describe('values', () => {
  it.each([
    [time, '5s', 5000],
    [time, '2w', 1_209_600_000],
    [time, '0s', undefined],
    [time, '5', undefined],
    [time, '-5s', undefined],
    [size0, '0', 0],
    [size0, '10K', 10_240],
    [size0, '2m', 2_097_152],
    [size0, '1g', undefined],
    [bool, 'T', true],
    [bool, '0', false],
    [bool, 'yes', undefined],
    [integer, '12', 12],
    [integer, '1.5', undefined],
  ])('%#: %o of "%s"', (parser, text, expected) => {
    const outcome = (parser as typeof integer)(text)
    expect('value' in outcome ? outcome.value : undefined).toBe(expected)
  })
})

describe('translateVariables', () => {
  it.each([
    ['plain', { value: 'plain' }],
    ['100%', { value: '100%%' }],
    ['a $host b', { value: 'a %REQ(:authority)% b' }],
    ['$http_x_user_id', { value: '%REQ(x-user-id)%' }],
    ['$unheard_of', { unknown: 'unheard_of' }],
  ])('%s', (text, expected) => expect(translateVariables(text)).toEqual(expected))
})

describe('closest', () => {
  it.each([
    ['ssl-service', 'ssl-services'],
    ['proxy-read-timout', 'proxy-read-timeout'],
    ['something-else-entirely', undefined],
  ])('%s', (word, expected) => {
    expect(closest(word, ['ssl-services', 'proxy-read-timeout', 'hsts'])).toBe(expected)
  })
})
