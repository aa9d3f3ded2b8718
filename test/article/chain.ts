// The article's chain, set up by its own commands up to the clean-up, for tests that look at it afterwards.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Summary } from '../../src/control/running.ts'
import { root, type Workplace } from '../sallyport.ts'

/** Sourced by later scripts: the variables that the article exports. */
const VARIABLES =
  'ALB_INGRESS_DOMAIN ALB_SECRET INGRESS_GATEWAY_DOMAIN INGRESS_GATEWAY_SECRET INGRESS_GATEWAY_IP'

export interface Chain {
  readonly summary: Summary
  /** Runs a script with the article's variables; client.crt, client.key and root.pem are in its folder. */
  bash(script: string): ReturnType<Workplace['bash']>
}

/** Starts a cluster with these options of `up` and plays the article. */
export async function setUpChain(place: Workplace, ...options: readonly string[]): Promise<Chain> {
  await place.up('--ephemeral', ...options)
  const article = readFileSync(join(root, 'test', 'article', 'article.sh'), 'utf8').split('\n## Cleanup')[0]
  const { code, stdout, stderr } = await place.bash(`${article}
declare -p ${VARIABLES} > variables.sh
kubectl get secret $ALB_SECRET -o jsonpath='{.data.tls\\.crt}' | base64 --decode > client.crt
kubectl get secret $ALB_SECRET -o jsonpath='{.data.tls\\.key}' | base64 --decode > client.key
curl -sS https://letsencrypt.org/certs/trustid-x3-root.pem --output root.pem
`)
  if (code !== 0) throw new Error(`the article ended with code ${code}\n${stdout}\n${stderr}`)
  const status = await place.sallyport('status', '-o', 'json')
  return {
    summary: JSON.parse(status.stdout) as Summary,
    bash: (script) => place.bash(`. ./variables.sh\n${script}`),
  }
}
