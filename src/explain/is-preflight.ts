// The question of a browser whether a request of another origin is allowed (fetch standard, CORS-preflight request).
import type { Flight } from './hop.ts'

export const isPreflight = ({ method, headers }: Pick<Flight, 'method' | 'headers'>): boolean =>
  method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')
