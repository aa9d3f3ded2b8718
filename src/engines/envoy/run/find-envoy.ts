// Where the Envoy binary is: SALLYPORT_ENVOY, PATH, or what `npm run envoy:install` put into the project's cache.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The path of an Envoy binary, or undefined with the places looked at. */
export function findEnvoy(
  env: NodeJS.ProcessEnv,
  cache: string,
): { readonly path: string } | { readonly tried: readonly string[] } {
  const given = env['SALLYPORT_ENVOY']
  const candidates = given
    ? [given]
    : [
        ...(env['PATH'] ?? '')
          .split(delimiter)
          .filter(Boolean)
          .map((folder) => join(folder, 'envoy')),
        join(cache, 'envoy', '_bin', 'envoy'),
        join(cache, 'bin', 'envoy'),
      ]
  const found = candidates.find(isExecutable)
  return found === undefined ? { tried: candidates } : { path: found }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
