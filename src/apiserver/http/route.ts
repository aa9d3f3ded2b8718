// What a path names: a resource, or one of the few other things the API has.

/** `/api/v1/…` and `/apis/GROUP/VERSION/…` beyond the version. */
export interface ResourcePath {
  readonly group: string
  readonly version: string
  readonly namespace?: string
  readonly plural: string
  readonly name?: string
  readonly subresource?: string
  /** The old form `/api/v1/watch/…`. */
  readonly watch?: boolean
}

/** Undefined for paths that name no resource, and for malformed escapes. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = segments(path)
  if (!parts) return undefined
  const [root, ...rest] = parts
  if (root === 'api') {
    const [version, ...tail] = rest
    return version === undefined ? undefined : resource('', version, tail)
  }
  if (root === 'apis') {
    const [group, version, ...tail] = rest
    return group === undefined || version === undefined ? undefined : resource(group, version, tail)
  }
  return undefined
}

function resource(group: string, version: string, parts: readonly string[]): ResourcePath | undefined {
  const watch = parts[0] === 'watch' && parts.length > 1
  const rest = watch ? parts.slice(1) : parts
  const base = { group, version, ...(watch ? { watch } : {}) }
  const [first, second, third] = rest
  if (first === undefined || rest.includes('')) return undefined
  const aboutNamespace = third === undefined || third === 'status' || third === 'finalize'
  if (first === 'namespaces' && second !== undefined && third !== undefined && !aboutNamespace) {
    return tail({ ...base, namespace: second }, rest.slice(2))
  }
  return tail(base, rest)
}

function tail(
  base: Pick<ResourcePath, 'group' | 'version' | 'namespace' | 'watch'>,
  parts: readonly string[],
): ResourcePath | undefined {
  const [plural, name, subresource, ...more] = parts
  if (plural === undefined || more.length > 0) return undefined
  return {
    ...base,
    plural,
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  }
}

/** The decoded segments of a path; a trailing slash is ignored. */
function segments(path: string): string[] | undefined {
  try {
    return path.replace(/^\//, '').replace(/\/$/, '').split('/').map(decodeURIComponent)
  } catch {
    return undefined
  }
}
