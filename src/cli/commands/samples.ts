// sallyport samples: puts the sample manifests where the article's relative paths find them.
import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { packageRoot } from '../../control/package-root.ts'
import { UserError } from '../../control/user-error.ts'

export function register(command: Command): void {
  command
    .argument('[folder]', 'where to put them', 'samples')
    .addHelpText(
      'after',
      '\nExample:\n  $ sallyport samples\n  $ kubectl apply -f samples/httpbin/httpbin.yaml',
    )
    .action((folder: string) => {
      if (existsSync(folder))
        throw new UserError(`${folder} is there already`, 'Name another folder, or remove it.')
      cpSync(join(packageRoot, 'samples'), folder, { recursive: true })
      process.stdout.write(`${folder}\n`)
    })
}
