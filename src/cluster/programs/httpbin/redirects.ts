// Redirects, single and in chains.
import { BadRequest, type Exchange, integer, send } from './exchange.ts'
import { urlOf } from './inspect.ts'

const CHAIN = { min: 1, max: 100 }

function redirect(exchange: Exchange, location: string, status = 302): void {
  const body = `<!DOCTYPE html>\n<title>Redirecting...</title>\n<p>Redirected to <a href="${escapeHtml(location)}">${escapeHtml(location)}</a>.</p>\n`
  send(exchange, status, body, { location, 'content-type': 'text/html; charset=utf-8' })
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`)
}

function origin(exchange: Exchange): string {
  return new URL(urlOf(exchange)).origin
}

/** /redirect/n: relative unless `absolute=true`. */
export function redirectChain(exchange: Exchange): void {
  const left = integer(exchange.params['n'], CHAIN)
  const absolute = exchange.query.get('absolute')?.toLowerCase() === 'true'
  if (left === 1) redirect(exchange, `${absolute ? origin(exchange) : ''}/get`)
  else
    redirect(
      exchange,
      absolute ? `${origin(exchange)}/absolute-redirect/${left - 1}` : `/relative-redirect/${left - 1}`,
    )
}

export function relativeRedirect(exchange: Exchange): void {
  const left = integer(exchange.params['n'], CHAIN)
  redirect(exchange, left === 1 ? '/get' : `/relative-redirect/${left - 1}`)
}

export function absoluteRedirect(exchange: Exchange): void {
  const left = integer(exchange.params['n'], CHAIN)
  redirect(exchange, `${origin(exchange)}${left === 1 ? '/get' : `/absolute-redirect/${left - 1}`}`)
}

/** /redirect-to?url=…&status_code=3xx, arguments also from a form body. */
export async function redirectTo(exchange: Exchange): Promise<void> {
  const form = new URLSearchParams((await exchange.body()).toString())
  const value = (name: string) => exchange.query.get(name) ?? form.get(name)
  const url = value('url')
  if (url === null) throw new BadRequest('the argument url is missing')
  const status = integer(value('status_code'), { min: 0, max: 999 }, 302)
  redirect(exchange, url.replace(/[\r\n]/g, ''), status >= 300 && status < 400 ? status : 302)
}
