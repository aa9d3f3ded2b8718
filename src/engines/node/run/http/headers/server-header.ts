// The Server header of responses.
import type { HttpManager } from '../../../../../ir/listener.ts'
import type { HeaderBlock } from './header-block.ts'
import { bit, Known } from './known-headers.ts'

/** Replaces, removes or leaves Server, as the manager says. */
export function serverHeader(headers: HeaderBlock, { server }: HttpManager): void {
  if (server.mode === 'overwrite') headers.set('server', server.value)
  else if (server.mode === 'remove') headers.removeKnown(bit(Known.server))
}
