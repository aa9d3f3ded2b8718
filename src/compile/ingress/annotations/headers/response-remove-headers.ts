// response-remove-headers: response headers taken away on the way to the client.
import type { AnnotationFault, ServiceSettings } from '../../settings.ts'
import { annotation } from '../annotation.ts'
import { isHeaderName, readBlocks } from '../header-block.ts'

export const responseRemoveHeaders = annotation({
  name: 'response-remove-headers',
  syntax: 'serviceName=<service> {\n"<Name>";\n}',
  doc: 'Takes response headers of the service away.',
  read: (text) => {
    const { blocks, faults: broken } = readBlocks(text)
    const faults: AnnotationFault[] = [...broken]
    const services = blocks.map(({ services: names, lines }) => {
      const removed = lines.map((line) => line.replace(/^"(.*)"$/, '$1').toLowerCase())
      for (const name of removed.filter((one) => !isHeaderName(one))) {
        faults.push({ message: `"${name}" is not the name of a header; it is left out.` })
      }
      return { names, settings: { removedHeaders: removed.filter(isHeaderName) } satisfies ServiceSettings }
    })
    return { services, faults }
  },
})
