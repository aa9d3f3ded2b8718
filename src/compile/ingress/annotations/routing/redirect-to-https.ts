// redirect-to-https: plain requests to the hosts of the Ingress are sent to HTTPS.
import { annotation } from '../annotation.ts'
import { bool } from '../values.ts'

export const redirectToHttps = annotation({
  name: 'redirect-to-https',
  syntax: 'true|false',
  doc: 'Answers 301 to https for every plain request to the hosts of the Ingress. Default false. A value that cannot be read redirects: nothing is served unencrypted by mistake.',
  read: (text) => {
    const outcome = bool(text.trim())
    if ('value' in outcome) return { ingress: { redirectToHttps: outcome.value }, faults: [] }
    return {
      ingress: { redirectToHttps: true },
      faults: [{ message: `"${text}" is not true or false; plain requests are redirected.`, fix: 'true' }],
    }
  },
})
