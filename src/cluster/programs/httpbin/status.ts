// /status: answers with a status, or with one drawn from a weighted list.
import { BadRequest, type Exchange, type Headers, jsonText, send } from './exchange.ts'

const TEAPOT = `
    -=[ teapot ]=-

       _...._
     .'  _ _ \`.
    | ."\` ^ \`". _,
    \\_;\`"---"\`|//
      |       ;/
      \\_     _/
        \`"""\`
`

const ACCEPTED_IMAGES = ['image/webp', 'image/svg+xml', 'image/jpeg', 'image/png', 'image/*']

/** `200`, `200,500` or `200:0.9,500:0.1`, as `[status, weight]`. Throws 400 for anything else. */
export function parseStatuses(text: string): readonly (readonly [number, number])[] {
  return text.split(',').map((choice) => {
    const [code = '', weight] = choice.split(':')
    const status = Number(code)
    const share = weight === undefined ? 1 : Number(weight)
    if (!/^\d{3}$/.test(code) || status < 100 || !Number.isFinite(share) || share < 0) {
      throw new BadRequest('Invalid status code')
    }
    return [status, share]
  })
}

/** The choice that `draw` (0 to 1) falls on. */
export function chooseStatus(choices: readonly (readonly [number, number])[], draw: number): number {
  let left = draw * choices.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [status, weight] of choices) {
    left -= weight
    if (left < 0) return status
  }
  return choices.at(-1)?.[0] ?? 200
}

const REDIRECTS = [301, 302, 303, 305, 307, 308]

/** Body and headers that go with a status. */
function contentOf(status: number): { readonly body?: string; readonly headers: Headers } {
  if (REDIRECTS.includes(status)) return { headers: { location: '/redirect/1' } }
  switch (status) {
    case 401:
      return { headers: { 'www-authenticate': 'Basic realm="Fake Realm"' } }
    case 402:
      return { body: 'Payment required.', headers: { 'x-more-info': 'http://vimeo.com/22053820' } }
    case 406: {
      const message = 'Client did not request a supported media type.'
      return {
        body: jsonText({ message, accept: ACCEPTED_IMAGES }),
        headers: { 'content-type': 'application/json' },
      }
    }
    case 407:
      return { headers: { 'proxy-authenticate': 'Basic realm="Fake Realm"' } }
    case 418:
      return { body: TEAPOT, headers: { 'x-more-info': 'http://tools.ietf.org/html/rfc2324' } }
    default:
      return { headers: { 'content-type': 'text/html; charset=utf-8' } }
  }
}

/** Answers any method. */
export function answerStatus(exchange: Exchange): void {
  const status = chooseStatus(parseStatuses(exchange.params['codes'] ?? ''), Math.random())
  // An informational status cannot be a final answer.
  if (status < 200) throw new BadRequest('Invalid status code')
  const { body, headers } = contentOf(status)
  send(exchange, status, body, headers)
}
