// What scenarios and the pair of engines agree upon.

/** Two programs, one that speaks HTTP/2, one that speaks it over TLS, one that is not there, one without endpoints. */
export const CLUSTERS = ['app-0', 'app-1', 'h2c', 'h2', 'dead', 'none'] as const
