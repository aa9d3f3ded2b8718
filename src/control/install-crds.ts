// The custom kinds that a cluster comes with: Istio's. A newer version of sallyport brings its own up to date.
import { type ApiClient, ApiError } from '../apiserver/client.ts'
import { istioCrds } from '../apiserver/crd/istio-crds.ts'

/** Resolves when every CRD is stored; what is served follows. */
export async function installCrds(client: ApiClient): Promise<void> {
  const installer = client.as('sallyport')
  await Promise.all(
    istioCrds().map(async (crd) => {
      try {
        await installer.create(crd)
      } catch (error) {
        if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error
        await installer.apply(crd, 'sallyport')
      }
    }),
  )
}
