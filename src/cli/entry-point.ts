// The script that starts this program again.
import { join } from 'node:path'
import { packageRoot } from '../control/package-root.ts'

export const entryPoint: string = join(packageRoot, 'bin', 'sallyport.mjs')
