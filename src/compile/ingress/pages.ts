// The pages that the ALB itself answers with.
import type { DirectResponse } from '../../ir/route.ts'

const page = (title: string, text: string): string =>
  `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>\n`

/** For a Host that no Ingress has (iks.md 3, default backend). */
export const unknownHost: DirectResponse = {
  kind: 'direct-response',
  status: 404,
  contentType: 'text/html',
  body: page('404: Host not found', 'No application can be found at this host and port.'),
}

/** For a path that no rule of the host has. */
export const unknownPath: DirectResponse = {
  kind: 'direct-response',
  status: 404,
  contentType: 'text/html',
  body: page('404 Not Found', 'No rule of this host has this path.'),
}

/** What a backend without endpoints answers (iks.md 0). */
export const noEndpoints = { status: 501, body: 'Unable to fetch upstream endpoints from svc' } as const
