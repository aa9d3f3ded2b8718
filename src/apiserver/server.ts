// Composes the API server: store, kinds, pipeline, HTTP, boot objects. The only entry point for those who start one.
import { bootObjects, restoreBootObjects } from './boot.ts'
import { builtinKinds } from './builtin-kinds.ts'
import { serveCustomKinds } from './custom-kinds.ts'
import { expireObjects } from './expiry.ts'
import { Discovery } from './http/handle-discovery.ts'
import { OpenApi } from './http/handle-openapi.ts'
import { type Handling, handleRequest } from './http/handle-request.ts'
import { type Listening, listen } from './http/https-server.ts'
import { localClient } from './local-client.ts'
import type { Core } from './pipeline/request.ts'
import { Registry } from './registry.ts'
import type { ApiServer, ApiServerOptions } from './server-options.ts'
import { openStore } from './store/store.ts'
import { handleUpgrade } from './streams/handle-upgrade.ts'
import { MASTERS } from './user.ts'

const SELF = { name: 'system:sallyport', groups: [MASTERS, 'system:authenticated'] }

/** Starts an API server; resolves when it serves, all CRDs in the store included. Throws when the store is of a newer format or the address is busy. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { listen: address, tls, report = () => {} } = options
  if (address && !tls) throw new Error('an API server that listens needs TLS')
  const store = openStore(options.store, { report })
  const registry = new Registry(options.kinds ?? builtinKinds)
  const core: Core = {
    store,
    registry,
    admission: options.admission ?? [],
    serviceCidr: options.serviceCidr,
    now: Date.now,
    report,
  }
  const client = localClient(core, SELF, 'sallyport')
  const stopKinds = serveCustomKinds(core, client)
  const stopExpiry = expireObjects(core)
  const closing = new AbortController()
  let listening: Listening | undefined
  let stopRestoring = (): void => {}
  const close = async (): Promise<void> => {
    closing.abort()
    stopRestoring()
    stopExpiry()
    stopKinds()
    await listening?.close()
    store.close()
  }
  try {
    if (address && tls) {
      const handling = handlingOf(core, options, closing.signal)
      listening = await listen(
        address,
        tls,
        (request, response) => void handleRequest(handling, request, response),
        (request, socket, head) => void handleUpgrade(handling, request, socket, head),
      )
    }
    const at = address && listening && { host: address.host, port: listening.port }
    const boot = (): Promise<void> => bootObjects(client, registry, options.serviceCidr, at)
    await boot()
    stopRestoring = restoreBootObjects(core, boot)
    return {
      client,
      url: at ? `https://${at.host}:${at.port}` : '',
      port: at?.port ?? 0,
      setTls: (next) => listening?.setTls(next),
      close,
    }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

function handlingOf(core: Core, options: ApiServerOptions, closing: AbortSignal): Handling {
  const { host = '', port = 0 } = options.listen ?? {}
  return {
    core,
    discovery: new Discovery(core.registry, () => `${host}:${port}`),
    openApi: new OpenApi(core.registry),
    buildName: options.buildName ?? 'sallyport',
    closing,
    report: core.report,
    ...(options.tokens ? { tokens: options.tokens } : {}),
    ...(options.accountTokens ? { accountTokens: options.accountTokens } : {}),
    ...(options.podLogs ? { podLogs: options.podLogs } : {}),
    ...(options.podStreams ? { podStreams: options.podStreams } : {}),
    ...(options.settled ? { settled: options.settled } : {}),
  }
}
