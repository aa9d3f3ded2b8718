// A fault case, looked at as its user would: what lint says, and what happens to the request that fails.

import { createCompiler } from '../../src/compile/compile.ts'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { withEdit } from '../../src/explain/edits/with-edit.ts'
import { HeaderLines } from '../../src/explain/header-lines.ts'
import type { Trace } from '../../src/explain/hop.ts'
import { lint } from '../../src/explain/lint/lint.ts'
import { trace } from '../../src/explain/trace.ts'
import type { Model } from '../../src/ir/proxy.ts'
import { inspectPem } from '../../src/pki/inspect.ts'
import type { Pod } from '../../src/resources/pod.ts'
import type { Resource } from '../../src/resources/snapshot.ts'
import { GOLDEN_TIME, type OpenCase, openCase } from './open-case.ts'
import type { FaultSettings } from './settings.ts'

export interface OpenFault {
  readonly text: string
  readonly fault: FaultSettings
  readonly findings: readonly Diagnostic[]
  /** Absent when the fault names no request. */
  readonly trace?: Trace
}

/** The address of a door (its load balancer, the last of its binds at the port) or of a pod. */
function addressOf(to: string, port: number, opened: OpenCase, model: Model): string | undefined {
  const [form, name = ''] = to.split(' ')
  if (form === 'pod') {
    return (opened.snapshot.objects.get('Pod')?.get(name) as Resource<Pod> | undefined)?.object.status?.podIP
  }
  const door = model.proxies.find(({ kind }) => kind === form)
  return door?.listeners.flatMap(({ binds }) => binds).findLast((bind) => bind.port === port)?.address
}

function traced(request: NonNullable<FaultSettings['request']>, opened: OpenCase, model: Model): Trace {
  const url = new URL(request.url)
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  const port = Number(url.port || (scheme === 'https' ? 443 : 80))
  const pem = request.client === undefined ? undefined : opened.material.get(`${request.client}.crt`)
  const content = pem === undefined ? undefined : inspectPem(Buffer.from(pem)).content
  return trace(
    {
      method: 'GET',
      scheme,
      host: url.hostname,
      port,
      target: `${url.pathname}${url.search}`,
      headers: new HeaderLines(),
      clientChain: content?.kind === 'certificates' ? content.certificates : [],
      trust: 'any',
      ...(request.sni === undefined ? {} : { sni: request.sni }),
      sourceIp: '203.0.113.77',
    },
    { model, now: GOLDEN_TIME, resolve: () => addressOf(request.to, port, opened, model) },
  )
}

/** Opens in.yaml or fixed.yaml of a fault; the fault itself is always what in.yaml says. */
export async function openFault(folder: string, file: 'in.yaml' | 'fixed.yaml'): Promise<OpenFault> {
  const { fault } = (await openCase(folder, GOLDEN_TIME)).settings
  if (fault === undefined) throw new Error(`${folder}/in.yaml has no settings under fault`)
  const opened = await openCase(folder, GOLDEN_TIME, file)
  const compiled = createCompiler().compile(opened.snapshot)
  const { model } = compiled
  const diagnostics = [...opened.diagnostics, ...compiled.diagnostics]
  return {
    text: opened.text,
    fault,
    findings: lint({ snapshot: opened.snapshot, model, diagnostics }),
    ...(fault.request === undefined
      ? {}
      : { trace: withEdit(traced(fault.request, opened, model), opened.snapshot, diagnostics) }),
  }
}
