// A server whose protocol says TLS without any tls block.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import type { Gateway } from '../../../../resources/gateway.ts'
import { GATEWAY } from '../../../../resources/kinds.ts'
import { perObject } from '../../per-object.ts'
import { rule } from '../../rule.ts'

export const noTlsSettings = rule({
  codes: ['SP0408'],
  check: (world) =>
    perObject<Gateway>(world, GATEWAY, ({ object, origin }) =>
      (object.spec?.servers ?? []).flatMap((server, index) => {
        const protocol = (server.port?.protocol ?? '').toUpperCase()
        const wantsTls = protocol === 'HTTPS' || protocol === 'TLS'
        // A credential without a mode is told by compile (SP0407).
        if (!wantsTls || server.tls?.mode !== undefined || server.tls?.credentialName) return []
        const what = server.tls === undefined ? 'no tls block' : 'no tls.mode, which means PASSTHROUGH'
        return [
          diagnostic(
            'SP0408',
            origin(`spec.servers[${index}].port.protocol`),
            `The server on port ${server.port?.number} is ${protocol} and has ${what}.`,
            server.tls === undefined
              ? {}
              : {
                  severity: 'warning',
                  advice: 'Write mode: PASSTHROUGH if it is meant, else SIMPLE or MUTUAL.',
                },
          ),
        ]
      }),
    ),
})
