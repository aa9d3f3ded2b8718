// A local reply as the response that it becomes: page, length and the fields that every answer of the proxy's own has.
import type { HttpManager } from '../../../../ir/listener.ts'
import { HeaderBlock } from './headers/header-block.ts'
import { serverHeader } from './headers/server-header.ts'
import type { LocalReply } from './local-reply.ts'
import type { Profile } from './profile/profile.ts'

export interface LocalResponse {
  readonly headers: HeaderBlock
  readonly body: Buffer
}

/** Its fields, but for those of routes and filters, and its body as GET would have it. */
export function localResponse(reply: LocalReply, profile: Profile, manager: HttpManager): LocalResponse {
  const { status, contentType, body: text = '' } = reply
  const headers = new HeaderBlock()
  const page = contentType === undefined ? profile.page(status, text) : { body: text, contentType }
  const bodiless = status === 204 || status === 304
  const body = Buffer.from(bodiless ? '' : page.body)
  if (!bodiless) headers.add('content-length', String(body.length))
  if (body.length > 0) headers.add('content-type', page.contentType)
  for (const [name, value] of reply.headers ?? []) headers.add(name, value)
  serverHeader(headers, manager)
  if (manager.reasonHeader === true) headers.add('x-sallyport-reason', reasonOf(reply))
  return { headers, body }
}

function reasonOf({ reason, flag, details }: LocalReply): string {
  return reason ?? (flag === undefined ? details : `${flag} ${details}`)
}
