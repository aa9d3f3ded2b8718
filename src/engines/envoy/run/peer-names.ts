// Who is at the other end of a call: the names in the verified certificate.

/** Its URIs and DNS names; none on plaintext. */
export function peerNames(call: object): readonly string[] {
  const context = (
    call as { getAuthContext?: () => { sslPeerCertificate?: { subjectaltname?: string } } }
  ).getAuthContext?.()
  const text = context?.sslPeerCertificate?.subjectaltname ?? ''
  return text.split(', ').map((name) => name.slice(name.indexOf(':') + 1))
}
