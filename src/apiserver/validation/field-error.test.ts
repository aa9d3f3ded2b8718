import { describe, expect, it } from 'vitest'
import {
  duplicate,
  forbidden,
  formatFieldError,
  formatFieldErrors,
  invalid,
  invalidObject,
  notFound,
  notSupported,
  required,
  tooLong,
  tooMany,
} from './field-error.ts'
import { goQuote } from './go-quote.ts'

describe('field errors', () => {
  it.each([
    [required('a'), 'a: Required value'],
    [required('a', 'why'), 'a: Required value: why'],
    [invalid('a', 'x"\n', 'bad'), 'a: Invalid value: "x\\"\\n": bad'],
    [invalid('a', 5, 'bad'), 'a: Invalid value: 5: bad'],
    [invalid('a', true, 'bad'), 'a: Invalid value: true: bad'],
    [invalid('a', { b: [1] }, 'bad'), 'a: Invalid value: {"b":[1]}: bad'],
    [invalid('a', null, 'bad'), 'a: Invalid value: null: bad'],
    [notSupported('a', 'z', ['x', 'y']), 'a: Unsupported value: "z": supported values: "x", "y"'],
    [duplicate('a', 'z'), 'a: Duplicate value: "z"'],
    [forbidden('a', 'no'), 'a: Forbidden: no'],
    [tooLong('a', 1), 'a: Too long: may not be more than 1 byte'],
    [tooMany('a', 3, 2), 'a: Too many: 3: must have at most 2 items'],
    [notFound('a', 'z'), 'a: Not found: "z"'],
  ])('print as upstream prints them: %j', (error, text) => {
    expect(formatFieldError(error)).toBe(text)
  })

  it('make the Status of a 422', () => {
    const errors = [required('spec.x'), required('spec.x'), invalid('spec.y', 1, 'bad')]
    expect(formatFieldErrors(errors)).toBe('[spec.x: Required value, spec.y: Invalid value: 1: bad]')
    const error = invalidObject({ group: 'g.io', kind: 'K' }, 'n', errors)
    expect(error.message).toBe(
      'K.g.io "n" is invalid: [spec.x: Required value, spec.y: Invalid value: 1: bad]',
    )
    expect(error.status).toMatchObject({
      reason: 'Invalid',
      code: 422,
      details: {
        name: 'n',
        group: 'g.io',
        kind: 'K',
        causes: [
          { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.x' },
          { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.x' },
          { reason: 'FieldValueInvalid', message: 'Invalid value: 1: bad', field: 'spec.y' },
        ],
      },
    })
    expect(invalidObject({ group: '', kind: 'K' }, 'n', [required('x')]).message).toBe(
      'K "n" is invalid: x: Required value',
    )
  })
})

it('quotes as Go does', () => {
  expect(goQuote('ü€😀 a\\')).toBe('"ü€😀 a\\\\"')
  expect(goQuote('\u0000\u0007\t\u007f\u200b\u00a0\u2028')).toBe('"\\x00\\a\\t\\x7f\\u200b\\u00a0\\u2028"')
})
