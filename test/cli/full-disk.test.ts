// A full disk: writes are refused with words, what was acknowledged stays, traffic goes on, and writes work again once there is space.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { has, outcome, root, Workplace } from '../sallyport.ts'

const able = process.getuid?.() === 0 && has('unshare') && has('kubectl')
const place = new Workplace()
afterAll(() => place.close())

/** A small disk of its own, seen only by this script and what it starts. */
const SCRIPT = `
set -u
mount -t tmpfs -o size=24m tmpfs "$DISK"
sallyport() { "$NODE" "$ROOT/bin/sallyport.mjs" "$@"; }
sallyport up --detach --data "$DISK" >/dev/null || exit 1
write() { sallyport run --data "$DISK" -- kubectl create configmap "$1" --from-literal=value="$1"; }
write before
head -c 100m /dev/zero > "$DISK/filler" 2>/dev/null
for n in 1 2 3 4 5; do write full-$n > out 2>&1 || { echo "refused: $(cat out)"; break; }; done
sallyport run --data "$DISK" -- kubectl get configmap before -o jsonpath='{.data.value}{"\\n"}' | sed 's/^/kept: /'
sallyport status --data "$DISK" | head -n 1 | sed 's/ since.*//'
sallyport up --detach --data "$DISK" --name second && exit 1
rm "$DISK/filler"
write after
pid=$(sed -n 's/.*"pid": \\([0-9]*\\).*/\\1/p' "$DISK/mycluster/runtime.json")
kill -9 "$pid"
sallyport up --detach --data "$DISK" >/dev/null || exit 1
sallyport run --data "$DISK" -- kubectl get configmaps -o name | grep -E 'before|after'
sallyport down --data "$DISK"
`

describe.skipIf(!able)('a full disk (needs root, unshare and kubectl)', () => {
  it('costs new writes only', async () => {
    const disk = join(place.folder, 'disk')
    mkdirSync(disk)
    const { code, stdout, stderr } = await outcome(
      place.start('unshare', ['--mount', '--propagation', 'private', 'bash', '-c', SCRIPT], {
        env: { ...place.env, DISK: disk, ROOT: root, NODE: process.execPath },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    )
    expect(code, stdout + stderr).toBe(0)
    expect(stdout).toMatch(/refused: .*(space|full|507|storage)/i)
    expect(stdout).toContain('kept: before')
    expect(stderr).toMatch(/^error: .*(full|space).*\n.*--data/m)
    expect(stdout).toContain('cluster mycluster runs')
    expect(stdout).toContain('configmap/after created')
    expect(stdout).toContain('configmap/before\n')
    expect(stdout).toContain('cluster mycluster is down')
  })
})
