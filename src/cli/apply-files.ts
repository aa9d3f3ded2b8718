// `up -f`: applies manifests to a running cluster server-side, through its API like any client.
import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { parseAllDocuments } from 'yaml'
import { UserError } from '../control/user-error.ts'
import { type ClusterAccess, ownAccess } from '../sources/cluster/access.ts'

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** Applies every document of these files, in order. Throws UserError that names each one that was refused, after trying all. */
export async function applyFiles(kubeconfigPath: string, files: readonly string[]): Promise<void> {
  const api = ownAccess(kubeconfigPath)
  const problems: string[] = []
  for (const file of files) {
    for (const document of parseAllDocuments(await readFile(file, 'utf8'))) {
      const [syntax] = document.errors
      if (syntax) problems.push(`${file}: ${syntax.message}`)
      else if (document.contents !== null) {
        const problem = await applyOne(api, document.toJS() as Manifest)
        if (problem !== undefined) problems.push(`${file}: ${problem}`)
      }
    }
  }
  if (problems.length > 0)
    throw new UserError(problems.join('\n'), 'Correct them and apply them again with kubectl.')
}

/** What is wrong, or undefined. A kind whose CRD was just applied is there once the CRD is established. */
async function applyOne(api: ClusterAccess, manifest: Manifest): Promise<string | undefined> {
  const { apiVersion, kind, metadata } = manifest
  if (!apiVersion || !kind || !metadata?.name) return 'apiVersion, kind and metadata.name are needed'
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const discovery = await call(api, 'GET', base)
  const resources = (discovery.body as { resources?: { name: string; kind: string; namespaced: boolean }[] })
    .resources
  const resource = resources?.find((one) => one.kind === kind && !one.name.includes('/'))
  if (!resource) return `no kind ${kind} in ${apiVersion}`
  const scope = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : ''
  const path = `${base}${scope}/${resource.name}/${metadata.name}?fieldManager=sallyport&force=true`
  const answer = await call(api, 'PATCH', path, manifest)
  if (answer.status < 300) return undefined
  return `${kind} ${metadata.name}: ${(answer.body as { message?: string }).message ?? answer.status}`
}

function call(
  api: ClusterAccess,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/apply-patch+yaml' }
    const sent = request(`${api.server}${path}`, { ...api.options, method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) })
        } catch {
          resolve({ status: response.statusCode ?? 0, body: { message: text } })
        }
      })
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
