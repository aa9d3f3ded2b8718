// The Envoy that the tests use: SALLYPORT_ENVOY, PATH, or what `npm run envoy:install` fetched.
import { join } from 'node:path'
import { findEnvoy } from '../../../src/engines/envoy/run/find-envoy.ts'
import { root } from '../../sallyport.ts'

const found = findEnvoy(process.env, join(root, '.cache', 'envoy'))

/** Absent where there is none: the tests that need it are skipped. */
export const envoyBinary: string | undefined = 'path' in found ? found.path : undefined

/** For the titles of those tests. */
export const needsEnvoy = '(needs Envoy: npm run envoy:install)'
