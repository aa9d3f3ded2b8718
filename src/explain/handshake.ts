// Predicts a TLS handshake at a door: which certificate is shown, whether the connecting side takes it, and whether its own is taken.
import type { Code } from '../diagnostics/catalogue.ts'
import type { Origin } from '../diagnostics/origin.ts'
import type { CertificateFacts } from '../ir/certificate.ts'
import type { FilterChain } from '../ir/listener.ts'
import type { PeerVerification } from '../ir/tls.ts'
import { type Cause, THE_CLIENT, type TlsClient, type TlsStep } from './hop.ts'
import type { Opening } from './select.ts'
import { dnsNameMatches, type VerifyFailure, verifyPeer } from './verify.ts'

export interface Refusal {
  readonly cause: Cause
  /** Why a certificate is refused. */
  readonly why?: VerifyFailure['reason']
  readonly summary: string
  readonly advice?: string
  readonly reason?: Code
  readonly origin?: Origin
}

interface Shake {
  readonly tls?: TlsStep
  readonly refusal?: Refusal
}

/** What happens when the connection meets the chain it was given. */
export function shakeHands(
  chain: FilterChain,
  { opening, client }: { readonly opening: Opening; readonly client: TlsClient },
  now: number,
): Shake {
  if (chain.refuse)
    return {
      refusal: {
        cause: 'fails-closed',
        summary: `the chain refuses every handshake: ${chain.refuse.message}`,
        reason: chain.refuse.reason,
        origin: chain.origin,
      },
    }
  if (!chain.tls) {
    if (opening.transport === 'tls' && chain.handler.kind === 'http')
      return {
        refusal: {
          cause: 'no-chain',
          summary: 'TLS was sent to a chain that speaks plain HTTP',
          advice: 'Use http://, or give the server TLS.',
          origin: chain.origin,
        },
      }
    return {}
  }
  if (opening.transport === 'plaintext')
    return {
      refusal: {
        cause: 'no-chain',
        summary: 'plaintext was sent to a chain that requires TLS',
        advice: 'Connect with TLS.',
        origin: chain.origin,
      },
    }

  const presented = chain.tls.certificates[0]
  const shown = presented ? [presented.leaf, ...(presented.intermediates ?? [])] : []
  const server = judgeServer(shown, client, now)
  const wanted = chain.tls.clientCertificate
  const asked = (
    { none: 'no', require: 'required', optional: 'optional', 'request-unverified': 'optional' } as const
  )[wanted.mode]
  const given = asked === 'no' ? [] : client.chain
  const verdict = client.taken ? TAKEN : judgeClient(chain, given, now)
  const tls: TlsStep = {
    ...(opening.sni === undefined ? {} : { sni: opening.sni }),
    ...(presented ? { presented: presented.leaf } : {}),
    server: server.text,
    ...(client.verification ? { trust: trustOf(client.verification) } : {}),
    client: {
      asked,
      ...(given[0] ? { given: given[0] } : {}),
      verdict: verdict.text,
      ...(wanted.mode !== 'none' && wanted.verify ? { trust: trustOf(wanted.verify) } : {}),
    },
    ok: !server.failure && !verdict.failure,
  }
  if (server.failure)
    return {
      tls,
      refusal: {
        cause: 'server-refused',
        why: server.failure.reason,
        summary: `${client.name} refuses the certificate shown: ${server.failure.message}`,
        ...adviceFor(server.failure, 'server'),
        ...((client.origin ?? presented?.origin)
          ? { origin: client.origin ?? presented?.origin ?? chain.origin }
          : {}),
      },
    }
  if (verdict.failure)
    return {
      tls,
      refusal: {
        cause: 'client-refused',
        why: verdict.failure.reason,
        summary: `the client certificate of ${client.name} is refused: ${verdict.failure.message}`,
        ...adviceFor(verdict.failure, client.name === THE_CLIENT ? 'caller' : 'client'),
        origin: chain.origin,
      },
    }
  return { tls }
}

const TAKEN: ReturnType<typeof judgeClient> = { text: 'taken, as it was then' }

const trustOf = ({ trust: { name, origin } }: PeerVerification) => ({ name, origin })

function judgeServer(
  shown: readonly CertificateFacts[],
  client: TlsClient,
  now: number,
): { text: string; failure?: VerifyFailure } {
  if (client.trust === 'off') return { text: 'not verified (as configured)' }
  if (client.verification) return said(verifyPeer(shown, client.verification, 'serverAuth', now))
  const leaf = shown[0]
  if (!leaf)
    return {
      text: 'nothing to verify',
      failure: { reason: 'no-certificate', message: 'the server has no certificate' },
    }
  if (client.trust !== 'any') {
    const names = client.expects === undefined ? [] : [{ kind: 'dns' as const, value: client.expects }]
    const trust = { name: 'the client', roots: '', anchors: client.trust, origin: {} }
    return said(verifyPeer(shown, { trust, names }, 'serverAuth', now))
  }
  if (leaf.notAfter < now)
    return { text: 'expired', failure: { reason: 'expired', message: `${leaf.subject} has expired` } }
  const { expects } = client
  if (expects !== undefined && !leaf.sans.dns.some((name) => dnsNameMatches(name, expects)))
    return {
      text: 'wrong name',
      failure: { reason: 'wrong-name', message: `${expects} is not among ${leaf.sans.dns.join(', ')}` },
    }
  return { text: `names ${expects ?? 'not checked'}; issued by ${leaf.issuer}` }
}

function judgeClient(
  chain: FilterChain,
  given: readonly CertificateFacts[],
  now: number,
): { text: string; failure?: VerifyFailure } {
  const wanted = chain.tls?.clientCertificate
  if (!wanted || wanted.mode === 'none') return { text: 'not asked for' }
  if (wanted.mode === 'request-unverified')
    return { text: given[0] ? 'accepted without verification' : 'none given' }
  if (given.length === 0 && wanted.mode === 'optional') return { text: 'none given' }
  return said(verifyPeer(given, wanted.verify, 'clientAuth', now))
}

function said(result: ReturnType<typeof verifyPeer>): { text: string; failure?: VerifyFailure } {
  if ('failure' in result) return { text: `refused: ${result.failure.message}`, failure: result.failure }
  return { text: `verified by ${result.ok.anchor}${result.ok.matched ? `, name ${result.ok.matched}` : ''}` }
}

/** Whose certificate is refused; `caller`: that of the client itself, which no object configures. */
type Side = 'server' | 'client' | 'caller'

function adviceFor(failure: VerifyFailure, side: Side): { advice: string; reason?: Code } {
  const whose =
    side === 'server'
      ? 'the upstream trust bundle (trusted.crt)'
      : 'the gateway’s CA secret (<credentialName>-cacert)'
  switch (failure.reason) {
    case 'no-certificate':
      return {
        advice:
          side === 'caller'
            ? 'Send a client certificate: --cert FILE --key FILE, for curl as here.'
            : side === 'client'
              ? 'Put client.crt and client.key into the ssl-secret of the load balancer.'
              : 'Give the server a certificate.',
      }
    case 'untrusted':
      return { advice: `Put the issuer of that certificate into ${whose}.` }
    case 'expired':
      return { advice: 'Renew the certificate and store the new one in the secret.', reason: 'SP0205' }
    case 'anchor-expired':
    case 'not-yet-valid':
      return { advice: `Replace the expired anchor in ${whose}.`, reason: 'SP0205' }
    case 'wrong-name':
      return {
        advice:
          side === 'server'
            ? 'Make proxy-ssl-name (or the SNI) one of the names in that certificate.'
            : 'Add the name to subjectAltNames of the Gateway server, or present the expected certificate.',
      }
    case 'wrong-usage':
      return {
        advice:
          'Present a certificate issued for clientAuth; public CAs no longer put it into server certificates.',
      }
    case 'too-deep':
      return { advice: 'Raise proxy-ssl-verify-depth, or trust an intermediate.' }
    case 'revoked':
      return { advice: 'Issue a new certificate; a revoked one stays revoked.' }
    case 'not-pinned':
      return { advice: 'Add the fingerprint to the pins, or present the pinned certificate.' }
  }
}
