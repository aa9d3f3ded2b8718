// Made by scripts/gen-lint-rules.mjs from the files beside it. Do not edit.
import type { Rule } from '../rule.ts'
import { clientCaSource } from './certificates/client-ca-source.ts'
import { clientUsage } from './certificates/client-usage.ts'
import { expiresSoon } from './certificates/expires-soon.ts'
import { hostNotCovered } from './certificates/host-not-covered.ts'
import { publicClientCa } from './certificates/public-client-ca.ts'
import { revocationList } from './certificates/revocation-list.ts'
import { staleCopy } from './certificates/stale-copy.ts'
import { noTlsSettings } from './gateway/no-tls-settings.ts'
import { sharedCertificate } from './gateway/shared-certificate.ts'
import { clientCertificate } from './hops/client-certificate.ts'
import { hostOnOtherServer } from './hops/host-on-other-server.ts'
import { nameNotServed } from './hops/name-not-served.ts'
import { redirectLoop } from './hops/redirect-loop.ts'
import { transport } from './hops/transport.ts'
import { upstreamCertificate } from './hops/upstream-certificate.ts'
import { annotationPlace } from './objects/annotation-place.ts'
import { removedVersion } from './objects/removed-version.ts'
import { claimMatch } from './routes/claim-match.ts'
import { localitySetting } from './routes/locality-setting.ts'
import { meshHostTwice } from './routes/mesh-host-twice.ts'
import { noEndpoints } from './routes/no-endpoints.ts'
import { ruleHostUnknown } from './routes/rule-host-unknown.ts'
import { shadowed } from './routes/shadowed.ts'
import { subsetForMeshOnly } from './routes/subset-for-mesh-only.ts'
import { weights } from './routes/weights.ts'
import { addressesBehindAlb } from './security/addresses-behind-alb.ts'
import { issuerTwice } from './security/issuer-twice.ts'
import { selectorWithoutPods } from './security/selector-without-pods.ts'
import { tokenRequired } from './security/token-required.ts'
import { containers } from './workloads/containers.ts'
import { injection } from './workloads/injection.ts'
import { istioAnnotations } from './workloads/istio-annotations.ts'
import { ports } from './workloads/ports.ts'

export const rules: readonly Rule[] = [
  clientCaSource,
  clientUsage,
  expiresSoon,
  hostNotCovered,
  publicClientCa,
  revocationList,
  staleCopy,
  noTlsSettings,
  sharedCertificate,
  clientCertificate,
  hostOnOtherServer,
  nameNotServed,
  redirectLoop,
  transport,
  upstreamCertificate,
  annotationPlace,
  removedVersion,
  claimMatch,
  localitySetting,
  meshHostTwice,
  noEndpoints,
  ruleHostUnknown,
  shadowed,
  subsetForMeshOnly,
  weights,
  addressesBehindAlb,
  issuerTwice,
  selectorWithoutPods,
  tokenRequired,
  containers,
  injection,
  istioAnnotations,
  ports,
]
