// Installs one Python package, without what it depends on, into a folder of its own.
import { spawnSync } from 'node:child_process'

/** False when there is no python3 with pip, or pip cannot install it; pip has said why. */
export function pipInstall(target, requirement) {
  const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--target', target]
  const { status } = spawnSync('python3', ['-m', 'pip', 'install', ...options, requirement], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return status === 0
}
