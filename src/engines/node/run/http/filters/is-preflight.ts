// The question of a browser whether a request of another origin is allowed (fetch standard, CORS-preflight request).
import type { RequestContext } from '../request-context.ts'

export const isPreflight = (context: RequestContext): boolean =>
  context.method === 'OPTIONS' &&
  context.header('origin') !== undefined &&
  context.header('access-control-request-method') !== undefined
