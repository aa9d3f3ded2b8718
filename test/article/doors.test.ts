// The article's picture: the three paths that are open, and those that must be shut, asked with the real curl.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { has, Workplace } from '../sallyport.ts'
import { type Chain, setUpChain } from './chain.ts'

const able = has('kubectl') && has('curl')
const place = new Workplace()
let chain: Chain
beforeAll(async () => {
  if (!able) return
  chain = await setUpChain(place)
  const { code, stderr } = await chain.bash(`
kubectl apply -n httptools -f - <<EOF
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
spec:
  mtls:
    mode: STRICT
EOF
kubectl create namespace legacy
kubectl apply -f samples/httpbin/httpbin.yaml -n legacy
kubectl -n legacy rollout status deployment/httpbin
for pair in legacy:legacy httptools:around; do
kubectl apply -f - <<EOF
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: \${pair#*:}
  namespace: \${pair%:*}
spec:
  tls:
  - hosts:
    - \${pair#*:}.$ALB_INGRESS_DOMAIN
    secretName: $ALB_SECRET
  rules:
  - host: \${pair#*:}.$ALB_INGRESS_DOMAIN
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: httpbin
            port:
              number: 8000
EOF
done
`)
  if (code !== 0) throw new Error(stderr)
})
afterAll(() => place.close())

/** curl's exit code and the response's status: `0 418`. */
const curl = async (words: string): Promise<string> => {
  const { stdout } = await chain.bash(
    `code=0; status=$(curl -s -o body -w '%{http_code}' ${words}) || code=$?; echo "$code $status"`,
  )
  return stdout.trim()
}

/** 35: no handshake. The others: with TLS 1.3 the client learns it from the first use of the connection afterwards (16, 18 and 92 over HTTP/2). */
const REFUSED = /^(16|18|35|52|55|56|92) 000$/

describe.skipIf(!able)('the open paths (need kubectl and curl)', () => {
  it('client -> ALB -> gateway -> service A', async () => {
    expect(await curl('https://httpbin.$ALB_INGRESS_DOMAIN/status/418')).toBe('0 418')
  })
  it('client with a certificate -> gateway -> service A', async () => {
    expect(await curl('https://$INGRESS_GATEWAY_DOMAIN/status/418 --cert client.crt --key client.key')).toBe(
      '0 418',
    )
  })
  it('client -> ALB -> service B, which has no sidecar', async () => {
    expect(await curl('https://legacy.$ALB_INGRESS_DOMAIN/status/418')).toBe('0 418')
  })
})

describe.skipIf(!able)('the shut paths (need kubectl and curl)', () => {
  it('gateway without a client certificate: no handshake', async () => {
    expect(await curl('https://$INGRESS_GATEWAY_DOMAIN/status/418')).toMatch(REFUSED)
  })
  it('gateway with a client certificate of another authority: no handshake', async () => {
    const foreign = `
kubectl config view --raw -o jsonpath='{.users[0].user.client-certificate-data}' | base64 --decode > foreign.crt
kubectl config view --raw -o jsonpath='{.users[0].user.client-key-data}' | base64 --decode > foreign.key`
    expect((await chain.bash(foreign)).code).toBe(0)
    expect(
      await curl('https://$INGRESS_GATEWAY_DOMAIN/status/418 --cert foreign.crt --key foreign.key'),
    ).toMatch(REFUSED)
  })
  it('gateway by a name that no Gateway lists: no handshake', async () => {
    expect(
      await curl('https://other.$INGRESS_GATEWAY_DOMAIN/status/418 --cert client.crt --key client.key'),
    ).toMatch(REFUSED)
  })
  it('ALB straight to service A: 502', async () => {
    expect(await curl('https://around.$ALB_INGRESS_DOMAIN/status/418')).toBe('0 502')
  })
  it('plaintext to a pod of service A: cut off', async () => {
    const { stdout } = await chain.bash(
      `kubectl -n httptools get pod -l app=httpbin -o jsonpath='{.items[0].status.podIP}'`,
    )
    expect(await curl(`--proxytunnel http://${stdout.trim()}/status/418`)).toMatch(REFUSED)
  })
  it('a path that the Ingress does not list: 404 of the ALB', async () => {
    expect(await curl('https://httpbin.$ALB_INGRESS_DOMAIN/get')).toBe('0 404')
  })
  it('gateway while it trusts another authority: no handshake, and open again when it trusts ours', async () => {
    const trust = (file: string) => `
kubectl -n istio-system create secret generic $INGRESS_GATEWAY_SECRET-cacert --from-file=ca.crt=${file} --dry-run=client -o yaml | kubectl replace -f -`
    const { code, stderr } = await chain.bash(`
kubectl config view --raw -o jsonpath='{.clusters[0].cluster.certificate-authority-data}' | base64 --decode > other.pem
${trust('other.pem')}`)
    expect({ code, stderr }).toMatchObject({ code: 0 })
    // A new connection: those that were let in before stay.
    const directly = () =>
      curl('https://$INGRESS_GATEWAY_DOMAIN/status/418 --cert client.crt --key client.key')
    await expect.poll(directly, { timeout: 5000 }).toMatch(REFUSED)
    await chain.bash(trust('root.pem'))
    await expect.poll(directly, { timeout: 5000 }).toBe('0 418')
  })
})
