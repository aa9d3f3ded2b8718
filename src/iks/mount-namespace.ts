// A private mount namespace for one command, in which the cluster's names resolve for every program (Linux).
import { spawn } from 'node:child_process'
import type { NameFiles } from './command-environment.ts'

/** Words to put before a command, or why there are none. */
export type NamespacePrefix = { readonly prefix: readonly string[] } | { readonly unavailable: string }

/** Mounts the files, then becomes the command. In a user namespace of its own the caller is mapped back to who it was. */
const ENTER = `
user=$1 group=$2
shift 2
while [ "$1" != -- ]; do
  mount --bind "$1" "$2" || exit 125
  shift 2
done
shift
[ -z "$user" ] || exec unshare --user --map-user="$user" --map-group="$group" -- "$@"
exec "$@"`

/** Tries whether this machine lets the caller have such a namespace; takes a few milliseconds. */
export async function mountNamespace(
  files: NameFiles,
  caller: { readonly uid: number; readonly gid: number },
): Promise<NamespacePrefix> {
  if (process.platform !== 'linux') return { unavailable: 'mount namespaces exist on Linux only' }
  const root = caller.uid === 0
  const prefix = [
    'unshare',
    ...(root ? [] : ['--user', '--map-root-user']),
    '--mount',
    '--propagation',
    'private',
    '--',
    'sh',
    '-c',
    ENTER,
    'sallyport',
    ...(root ? ['', ''] : [String(caller.uid), String(caller.gid)]),
    ...[files.hosts, '/etc/hosts'],
    ...(files.resolvConf === undefined ? [] : [files.resolvConf, '/etc/resolv.conf']),
    ...(files.trust === undefined ? [] : [files.trust.bundle, files.trust.over]),
    '--',
  ]
  const problem = await failure([...prefix, 'true'])
  return problem === undefined ? { prefix } : { unavailable: `no private mount namespace: ${problem}` }
}

/** Undefined when the command ends with 0, else the first line that it said. */
function failure([program = '', ...args]: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code) =>
      resolve(code === 0 ? undefined : (said.split('\n')[0] ?? '') || `exit code ${code}`),
    )
  })
}
