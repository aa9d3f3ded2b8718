// Loaded into a worker of a soak before its own code: at SIGUSR2 it writes what it holds to a file named by its process. Takes over the flags of V8 that the soak runs under.
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { held } from './held.ts'

for (const flag of (process.env['SOAK_V8_FLAGS'] ?? '').split(' ').filter(Boolean)) setFlagsFromString(flag)

const file = join(process.env['SOAK_FOLDER'] as string, `${process.pid}.json`)
process.on('SIGUSR2', async () => {
  writeFileSync(`${file}.part`, JSON.stringify(await held()))
  renameSync(`${file}.part`, file)
})
