// response-add-headers: response headers set on the way to the client.
import type { AnnotationFault, ServiceSettings } from '../../settings.ts'
import { annotation } from '../annotation.ts'
import { isHeaderName, readBlocks } from '../header-block.ts'
import { translateVariables } from '../nginx-variables.ts'

export const responseAddHeaders = annotation({
  name: 'response-add-headers',
  syntax: 'serviceName=<service> {\n<Name>:<value>;\n}',
  doc: 'Sets response headers. Values may hold the same variables as in proxy-add-headers.',
  read: (text) => {
    const { blocks, faults: broken } = readBlocks(text)
    const faults: AnnotationFault[] = [...broken]
    const services = blocks.map(({ services: names, lines }) => {
      const responseHeaders: [string, string][] = []
      for (const line of lines) {
        const [, name = '', raw = ''] = /^"?([^:"]+):\s*(.*?)"?$/.exec(line) ?? []
        const value = translateVariables(raw)
        if (!isHeaderName(name.trim()))
          faults.push({ message: `line "${line}" is not <Name>:<value>; it is left out.` })
        else if ('unknown' in value)
          faults.push({
            message: `line "${line}" uses $${value.unknown}, which is not known; it is left out.`,
          })
        else responseHeaders.push([name.trim().toLowerCase(), value.value])
      }
      return { names, settings: { responseHeaders } satisfies ServiceSettings }
    })
    return { services, faults }
  },
})
