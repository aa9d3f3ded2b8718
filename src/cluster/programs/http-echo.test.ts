import { describe, expect, it } from 'vitest'
import { goDuration } from './echo-basic.ts'
import { parseEchoFlags } from './http-echo.ts'

describe('parseEchoFlags', () => {
  it.each([
    [['http-echo', '-text=hello world'], { text: 'hello world', port: 5678, status: 200 }],
    [['http-echo', '--text', 'a=b', '-listen=:8080'], { text: 'a=b', port: 8080, status: 200 }],
    [['-text=x', '-listen', '127.0.0.1:9', '-status-code=503'], { text: 'x', port: 9, status: 503 }],
  ])('%j', (args, expected) => {
    expect(parseEchoFlags(args)).toEqual(expected)
  })
  it('takes the text from the environment, and wants one', () => {
    expect(parseEchoFlags([], 'env')).toMatchObject({ text: 'env' })
    expect(parseEchoFlags([])).toHaveProperty('problem')
  })
})

describe('goDuration', () => {
  it.each([
    ['1s', 1000],
    ['250ms', 250],
    ['1m30s', 90_000],
    ['', 0],
  ])('%s', (text, expected) => {
    expect(goDuration(text)).toBe(expected)
  })
})
