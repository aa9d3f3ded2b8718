// Compressed answers, base64 and UTF-8.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { type Exchange, jsonText, send } from './exchange.ts'
import { describeRequest } from './inspect.ts'

const CODERS = { gzip: gzipSync, deflate: deflateSync, brotli: brotliCompressSync } as const

/** /gzip, /deflate, /brotli: the request described, in that coding whatever the client accepts. */
export function encoded(coding: keyof typeof CODERS): (exchange: Exchange) => void {
  return (exchange) => {
    const { url: _, args: __, ...described } = describeRequest(exchange)
    const flag = { gzip: 'gzipped', deflate: 'deflated', brotli: 'brotli' }[coding]
    const body = jsonText({ ...described, [flag]: true, method: exchange.method })
    send(exchange, 200, CODERS[coding](body), {
      'content-type': 'application/json',
      'content-encoding': coding === 'brotli' ? 'br' : coding,
    })
  }
}

/** /base64/value, URL-safe or not; go-httpbin also has /base64/encode/value. */
export function base64(exchange: Exchange): void {
  const { value = '', operation } = exchange.params
  const result = operation === 'encode' ? Buffer.from(value).toString('base64url') : decoded(value)
  send(exchange, 200, result, { 'content-type': 'text/html; charset=utf-8' })
}

function decoded(value: string): Buffer | string {
  const text = value.replaceAll('-', '+').replaceAll('_', '/')
  const valid = /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.replace(/=+$/, '').length % 4 !== 1
  return valid ? Buffer.from(text, 'base64') : 'Incorrect Base64 data try: SFRUUEJJTiBpcyBhd2Vzb21l'
}

/** /encoding/utf8: a page in many scripts. */
export function utf8(exchange: Exchange): void {
  const page =
    '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>UTF-8</title></head><body><h1>Unicode Demo</h1><pre>\n' +
    'English: a sally port has two doors\nDeutsch: Ausfalltor mit zwei Türen\nΕλληνικά: δύο πόρτες\nРусский: две двери\nעברית: שתי דלתות\nالعربية: بابان\n中文：两扇门\n日本語：二つの扉\n한국어: 두 개의 문\n∮ E⋅da = Q,  n → ∞, ∑ f(i) = ∏ g(i)\n⡌⠁⠧⠑ ⠼⠁⠒  🫖\n</pre></body></html>\n'
  send(exchange, 200, page, { 'content-type': 'text/html; charset=utf-8' })
}
