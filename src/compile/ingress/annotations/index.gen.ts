// Made by scripts/gen-annotations.mjs from the files beside it. Do not edit.
import type { Annotation } from './annotation.ts'
import { stickyCookieServices } from './balancing/sticky-cookie-services.ts'
import { upstreamKeepalive } from './balancing/upstream-keepalive.ts'
import { proxyAddHeaders } from './headers/proxy-add-headers.ts'
import { responseAddHeaders } from './headers/response-add-headers.ts'
import { responseRemoveHeaders } from './headers/response-remove-headers.ts'
import { clientMaxBodySize } from './limits/client-max-body-size.ts'
import { globalRateLimit } from './limits/global-rate-limit.ts'
import { serviceRateLimit } from './limits/service-rate-limit.ts'
import { customPort } from './routing/custom-port.ts'
import { defaultServer } from './routing/default-server.ts'
import { locationModifier } from './routing/location-modifier.ts'
import { redirectToHttps } from './routing/redirect-to-https.ts'
import { rewritePath } from './routing/rewrite-path.ts'
import { hsts } from './security/hsts.ts'
import { mutualAuth } from './security/mutual-auth.ts'
import { proxyConnectTimeout } from './timeouts/proxy-connect-timeout.ts'
import { proxyReadTimeout } from './timeouts/proxy-read-timeout.ts'
import { upstreamKeepaliveTimeout } from './timeouts/upstream-keepalive-timeout.ts'
import { sslServices } from './upstream-tls/ssl-services.ts'

export const annotations: readonly Annotation[] = [
  stickyCookieServices,
  upstreamKeepalive,
  proxyAddHeaders,
  responseAddHeaders,
  responseRemoveHeaders,
  clientMaxBodySize,
  globalRateLimit,
  serviceRateLimit,
  customPort,
  defaultServer,
  locationModifier,
  redirectToHttps,
  rewritePath,
  hsts,
  mutualAuth,
  proxyConnectTimeout,
  proxyReadTimeout,
  upstreamKeepaliveTimeout,
  sslServices,
]
