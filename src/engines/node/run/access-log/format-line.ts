// Which log line a manager writes.
import type { AccessLogFormat } from '../../../../ir/listener.ts'
import type { RequestContext } from '../http/request-context.ts'
import { iksJson } from './iks-json.ts'
import { istioJson, istioText } from './istio-text.ts'

export const formatLine: Readonly<
  Record<Exclude<AccessLogFormat, 'off'>, (context: RequestContext) => string>
> = {
  'istio-text': istioText,
  'istio-json': istioJson,
  'iks-json': iksJson,
}
