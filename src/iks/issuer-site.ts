// The issuer's web site: `https://letsencrypt.org/certs/*.pem` inside the cluster gives the embedded issuer's certificates.
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Locate } from '../dns/locate.ts'
import type { Zones } from '../dns/zones.ts'
import type { Issued } from '../pki/authority.ts'
import type { Issuer } from '../pki/issuer.ts'
import { pemBlocks } from '../pki/pem.ts'

export const SITE_NAME = 'letsencrypt.org'
const NAMES = [SITE_NAME, `www.${SITE_NAME}`]

export interface IssuerSite {
  close(): Promise<void>
}

export interface IssuerSiteOptions {
  readonly issuer: Issuer
  readonly zones: Zones
  readonly locate: Locate
  readonly address: string
  readonly server: string | undefined
  readonly now: () => number
}

/** Files by path: root and intermediate under the names that public guides have used for them over the years. */
function siteFile(
  issuer: Issuer,
  path: string,
): { readonly type: string; readonly body: string | Buffer } | undefined {
  const match = /^\/certs\/([a-z0-9.-]+?)\.(pem|pem\.txt|txt|der)$/i.exec(path)
  if (!match) return undefined
  const [, name = '', form] = match
  const pem = /^(trustid-x3-root|isrgrootx1|isrg-root-x1|root)$/i.test(name)
    ? issuer.root
    : /^(lets-encrypt-[a-z0-9-]+|lets-encrypt-x3-cross-signed|(20\d\d\/)?[re]\d+|intermediate)$/i.test(name)
      ? issuer.intermediate()
      : undefined
  if (pem === undefined) return undefined
  if (form === 'der') return { type: 'application/pkix-cert', body: pemBlocks(pem).blocks[0]?.der ?? '' }
  return form === 'pem'
    ? { type: 'application/x-pem-file', body: pem }
    : { type: 'text/plain; charset=utf-8', body: pem }
}

/** Opens the site and its zone. Rejects when the address cannot be bound. */
export async function startIssuerSite(options: IssuerSiteOptions): Promise<IssuerSite> {
  const { issuer, zones, locate, address, now } = options
  let issued: Issued = await issuer.issue(NAMES)
  let context: SecureContext = createSecureContext({ cert: issued.chain, key: issued.key })
  /** The certificate is replaced when half of its life is over, by the first client that comes then. */
  const current = async (): Promise<SecureContext> => {
    if (now() > (issued.notBefore + issued.notAfter) / 2 && now() > issued.notAfter - issuer.lifetimeMs / 2) {
      issued = await issuer.issue(NAMES)
      context = createSecureContext({ cert: issued.chain, key: issued.key })
    }
    return context
  }
  const server: Server = createServer(
    {
      cert: issued.chain,
      key: issued.key,
      SNICallback: (_name, done) => void current().then((found) => done(null, found), done),
    },
    (request, response) => {
      const path = (request.url ?? '/').replace(/[?#].*$/s, '')
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.writeHead(405, { allow: 'GET, HEAD' }).end()
        return
      }
      const file = siteFile(issuer, path)
      const body =
        file?.body ??
        `There is no ${path} here. This is the embedded issuer; its root is /certs/isrgrootx1.pem\n`
      response.writeHead(file === undefined ? 404 : 200, {
        'content-type': file?.type ?? 'text/plain; charset=utf-8',
        'content-length': Buffer.byteLength(body),
      })
      response.end(request.method === 'HEAD' ? undefined : body)
    },
  )
  const { host, port } = locate(address, 443)
  server.listen(port, host)
  await once(server, 'listening')
  zones.add(SITE_NAME, options.server === undefined ? {} : { server: options.server })
  for (const name of NAMES) zones.set(name, [{ type: 'A', data: address }])
  return {
    async close() {
      zones.remove(SITE_NAME)
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
