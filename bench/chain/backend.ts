// The program behind: nginx that answers from memory, the same for everybody, on the core of the load.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Child, LOAD_CORE, start } from './pinned.ts'

/** `/` answers with a hundred bytes, `/64k` with 64 KiB. */
export async function startBackend(program: string, folder: string, port: number): Promise<Child> {
  await mkdir(join(folder, 'files'), { recursive: true })
  await writeFile(join(folder, 'files', '64k'), 'x'.repeat(65_536))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  await writeFile(
    join(folder, 'backend.conf'),
    `worker_processes 1; daemon off; error_log stderr error; pid ${join(folder, 'backend.pid')}; ${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s; default_type text/plain; open_file_cache max=10; sendfile on;
  ${temporary.map((one) => `${one}_temp_path ${join(folder, `backend-${one}`)};`).join(' ')}
  server {
    listen 127.0.0.1:${port} backlog=4096; root ${join(folder, 'files')};
    location = / { return 200 "${'y'.repeat(100)}"; }
    location = /64k { }
  }
}
`,
  )
  return start(LOAD_CORE, program, ['-p', folder, '-c', join(folder, 'backend.conf')])
}
