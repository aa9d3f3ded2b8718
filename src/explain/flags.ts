// Envoy's response flags in words; one list for trace, `why` and the docs.

export const responseFlags = {
  NR: 'no route: no filter chain, virtual host or route took the request',
  NC: 'no cluster: the route names a destination that does not exist',
  UH: 'no healthy upstream: the destination has no endpoint that is ready',
  UF: 'upstream failure: the connection to the endpoint could not be made, or its TLS handshake failed',
  UC: 'upstream closed: the endpoint closed the connection before it answered',
  UR: 'upstream reset: the endpoint reset the stream',
  UO: 'upstream overflow: a circuit breaker or a bounded queue was full',
  UT: 'upstream timeout: the route timeout ran out',
  URX: 'retries exhausted: every allowed try failed',
  UPE: 'upstream protocol error: the endpoint answered something that is not HTTP',
  UAEX: 'denied: authorization refused the request',
  RL: 'rate limited',
  FI: 'fault injected: an abort rule answered',
  DI: 'delay injected',
  DC: 'downstream closed: the client went away',
  DPE: 'downstream protocol error: the client sent something that is not HTTP',
  DT: 'duration timeout: the connection lived its full time',
  SI: 'stream idle timeout: nothing moved for too long',
  UMSDR: 'upstream maximum stream duration reached',
  NFCF: 'no filter configuration',
  LR: 'local reset',
  LH: 'local health check failed',
  IH: 'invalid header: the request failed strict header checks',
  OM: 'overload manager ended the request',
  RLSE: 'rate limit service error',
} as const

export type ResponseFlag = keyof typeof responseFlags
