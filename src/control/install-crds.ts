// The custom kinds that a cluster comes with: Istio's.
import { type ApiClient, ApiError } from '../apiserver/client.ts'
import { istioCrds } from '../apiserver/crd/istio-crds.ts'
import { CRD } from '../resources/kinds.ts'

/** Resolves when every CRD that was missing is stored; what is served follows. */
export async function installCrds(client: ApiClient): Promise<void> {
  const installer = client.as('sallyport')
  const installed = new Set((await client.list(CRD)).items.map((crd) => crd.metadata.name))
  const missing = istioCrds().filter((crd) => !installed.has(crd.metadata.name))
  await Promise.all(
    missing.map((crd) =>
      installer.create(crd).catch((error: unknown) => {
        if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error
      }),
    ),
  )
}
