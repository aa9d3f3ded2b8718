// Basic, hidden basic, bearer and digest authentication (RFC 7617, 6750, 7616).
import { createHash, randomBytes } from 'node:crypto'
import { cookiesOf } from './cookies.ts'
import { type Exchange, send, sendJson } from './exchange.ts'

function credentials(exchange: Exchange): string | undefined {
  const match = /^basic\s+(.+)$/i.exec(exchange.request.headers.authorization ?? '')
  return match?.[1] === undefined ? undefined : Buffer.from(match[1], 'base64').toString()
}

function isUser(exchange: Exchange): boolean {
  return credentials(exchange) === `${exchange.params['user']}:${exchange.params['password']}`
}

/** go-httpbin says `authorized`, kennethreitz/httpbin `authenticated`. */
function welcome(exchange: Exchange): void {
  const key = exchange.flavour === 'go' ? 'authorized' : 'authenticated'
  sendJson(exchange, { [key]: true, user: exchange.params['user'] })
}

export function basicAuth(exchange: Exchange): void {
  if (isUser(exchange)) welcome(exchange)
  else send(exchange, 401, '', { 'www-authenticate': 'Basic realm="Fake Realm"' })
}

/** 404 instead of a challenge. */
export function hiddenBasicAuth(exchange: Exchange): void {
  if (isUser(exchange)) welcome(exchange)
  else send(exchange, 404, 'Not Found', { 'content-type': 'text/plain; charset=utf-8' })
}

export function bearerAuth(exchange: Exchange): void {
  const token = /^Bearer (.+)$/.exec(exchange.request.headers.authorization ?? '')?.[1]
  if (token === undefined) send(exchange, 401, '', { 'www-authenticate': 'Bearer' })
  else sendJson(exchange, { authenticated: true, token })
}

const HASHES: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512': 'sha512' }
const REALM = 'me@kennethreitz.com'

/** /digest-auth/qop/user/password[/algorithm[/stale-after]]. */
export function digestAuth(exchange: Exchange): void {
  const { qop = 'auth', user = '', password = '' } = exchange.params
  const algorithm = HASHES[(exchange.params['algorithm'] ?? 'MD5').toUpperCase()]
    ? (exchange.params['algorithm'] ?? 'MD5').toUpperCase()
    : 'MD5'
  const given = digestFields(exchange.request.headers.authorization)
  const needsCookie = ['1', 't', 'true'].includes(exchange.query.get('require-cookie')?.toLowerCase() ?? '')
  const cookies = cookiesOf(exchange.request.headers.cookie)
  const uses = Number(cookies['stale_after'] ?? exchange.params['stale'] ?? 'never')
  const stale = uses === 0
  if (!given || (needsCookie && cookies['fake'] === undefined) || stale) {
    challenge(exchange, qop, algorithm, stale)
    return
  }
  const expected = digestResponse({ algorithm, user, password, method: exchange.method, given })
  if (given['username'] !== user || given['response'] !== expected) {
    challenge(exchange, qop, algorithm, false)
    return
  }
  const headers = Number.isNaN(uses) ? {} : { 'set-cookie': [`stale_after=${uses - 1}; Path=/`] }
  const key = exchange.flavour === 'go' ? 'authorized' : 'authenticated'
  sendJson(exchange, { [key]: true, user }, 200, headers)
}

function challenge(exchange: Exchange, qop: string, algorithm: string, stale: boolean): void {
  const nonce = randomBytes(16).toString('hex')
  const offered = ['auth', 'auth-int'].includes(qop) ? qop : 'auth, auth-int'
  const fields = [
    `realm="${REALM}"`,
    `nonce="${nonce}"`,
    `qop="${offered}"`,
    `opaque="${randomBytes(16).toString('hex')}"`,
    `algorithm=${algorithm}`,
    `stale=${stale ? 'TRUE' : 'FALSE'}`,
  ]
  const after = exchange.params['stale'] ?? 'never'
  send(exchange, 401, '', {
    'www-authenticate': `Digest ${fields.join(', ')}`,
    'set-cookie': [`stale_after=${after}; Path=/`, 'fake=fake_value; Path=/'],
  })
}

/** The fields of `Authorization: Digest …`. */
export function digestFields(header: string | undefined): Record<string, string> | undefined {
  const rest = /^Digest\s+(.*)$/is.exec(header ?? '')?.[1]
  if (rest === undefined) return undefined
  const fields = [...rest.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)]
  return Object.fromEntries(fields.map(([, name = '', quoted, bare]) => [name, quoted ?? bare ?? '']))
}

/** The response that a client with the password computes (RFC 7616 3.4.1; entity hash of an empty body for auth-int). */
export function digestResponse(input: {
  readonly algorithm: string
  readonly user: string
  readonly password: string
  readonly method: string
  readonly given: Readonly<Record<string, string>>
}): string {
  const { given } = input
  const hash = (text: string) =>
    createHash(HASHES[input.algorithm] ?? 'md5')
      .update(text)
      .digest('hex')
  const secret = hash(`${input.user}:${given['realm'] ?? REALM}:${input.password}`)
  const entity = given['qop'] === 'auth-int' ? `:${hash('')}` : ''
  const target = hash(`${input.method}:${given['uri'] ?? ''}${entity}`)
  if (!given['qop']) return hash(`${secret}:${given['nonce'] ?? ''}:${target}`)
  return hash([secret, given['nonce'], given['nc'], given['cnonce'], given['qop'], target].join(':'))
}
