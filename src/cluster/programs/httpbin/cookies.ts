// Cookies: shown, set and deleted.
import { type Exchange, send, sendJson } from './exchange.ts'

/** The request's cookies by name. */
export function cookiesOf(header: string | undefined): Record<string, string> {
  const pairs = (header ?? '').split(';').flatMap((pair): [string, string][] => {
    const equals = pair.indexOf('=')
    return equals < 0 ? [] : [[pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]]
  })
  return Object.fromEntries(pairs)
}

export function showCookies(exchange: Exchange): void {
  sendJson(exchange, { cookies: cookiesOf(exchange.request.headers.cookie) })
}

/** /cookies/set/name/value and /cookies/set?name=value…, then back to /cookies. */
export function setCookies(exchange: Exchange): void {
  const { name, value } = exchange.params
  const pairs = name === undefined ? [...exchange.query] : [[name, value ?? ''] as const]
  goBack(
    exchange,
    pairs.map(([key, one]) => `${clean(key)}=${clean(one)}; Path=/`),
  )
}

/** /cookies/delete?name… */
export function deleteCookies(exchange: Exchange): void {
  const names = [...exchange.query.keys()]
  goBack(
    exchange,
    names.map((name) => `${clean(name)}=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/`),
  )
}

function goBack(exchange: Exchange, cookies: readonly string[]): void {
  send(exchange, 302, '', { location: '/cookies', ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}) })
}

function clean(text: string): string {
  return text.replace(/[\s;,]|[^\x20-\x7e]/g, '')
}
