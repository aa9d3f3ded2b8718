// Loaded into a worker of a soak before its own code: at SIGUSR2 it writes what it holds to a file named by its process.
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { held } from './held.ts'

const file = join(process.env['SOAK_FOLDER'] as string, `${process.pid}.json`)
process.on('SIGUSR2', async () => {
  writeFileSync(`${file}.part`, JSON.stringify(await held()))
  renameSync(`${file}.part`, file)
})
