// Who makes a request: a client certificate, a bearer token, or nobody. Credentials that are not good are refused, never ignored.
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { ApiServerOptions } from '../server-options.ts'
import { apiError, unauthorized } from '../status-error.ts'
import { ANONYMOUS, MASTERS, type User } from '../user.ts'

const AUTHENTICATED = 'system:authenticated'
const bySocket = new WeakMap<object, User | 'refused' | 'none'>()

/** Throws 401 for a certificate or token that is not believed, 403 for a forbidden impersonation. */
export async function authenticate(
  request: IncomingMessage,
  tokens: ApiServerOptions['tokens'],
): Promise<User> {
  return impersonated(request, await authenticated(request, tokens))
}

async function authenticated(request: IncomingMessage, tokens: ApiServerOptions['tokens']): Promise<User> {
  const certificate = certificateUser(request.socket as TLSSocket)
  if (certificate === 'refused') throw unauthorized()
  if (certificate !== 'none') return certificate
  const header = request.headers.authorization
  if (header === undefined) return ANONYMOUS
  const token = /^Bearer +(\S+)$/i.exec(header)?.[1]
  const user = token === undefined ? undefined : await tokens?.(token)
  if (!user) throw unauthorized()
  return withGroup(user)
}

/** A connection's certificate does not change, so it is looked at once. */
function certificateUser(socket: TLSSocket): User | 'refused' | 'none' {
  let known = bySocket.get(socket)
  if (known === undefined) {
    known = readCertificate(socket)
    bySocket.set(socket, known)
  }
  return known
}

function readCertificate(socket: TLSSocket): User | 'refused' | 'none' {
  if (typeof socket.getPeerCertificate !== 'function') return 'none'
  const { subject } = socket.getPeerCertificate() as { subject?: Record<string, unknown> }
  if (subject === undefined) return 'none'
  if (!socket.authorized) return 'refused'
  const name = [subject['CN']]
    .flat()
    .filter((one) => typeof one === 'string')
    .at(-1)
  if (!name) return 'refused'
  const groups = [subject['O'] ?? []].flat().filter((one) => typeof one === 'string')
  return withGroup({ name, groups })
}

function withGroup(user: User): User {
  return user.groups.includes(AUTHENTICATED) ? user : { ...user, groups: [...user.groups, AUTHENTICATED] }
}

/** `kubectl --as`: only for those who may do everything anyway. */
function impersonated(request: IncomingMessage, user: User): User {
  const name = request.headers['impersonate-user']
  const groups = [request.headers['impersonate-group'] ?? []].flat().flatMap((one) => one.split(', '))
  if (name === undefined && groups.length === 0) return user
  if (typeof name !== 'string' || !user.groups.includes(MASTERS)) {
    throw apiError(
      403,
      'Forbidden',
      `users "${String(name ?? '')}" is forbidden: User "${user.name}" cannot impersonate resource "users" in API group "" at the cluster scope`,
    )
  }
  return withGroup({ name, groups })
}
