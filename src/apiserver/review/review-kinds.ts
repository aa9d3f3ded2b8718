// The kinds that are asked and answered, never stored: who am I, and what may I do.

export interface ReviewKind {
  readonly group: 'authentication.k8s.io' | 'authorization.k8s.io'
  readonly version: 'v1'
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
}

const review = (group: ReviewKind['group'], kind: string, namespaced = false): ReviewKind => ({
  group,
  version: 'v1',
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced,
})

export const reviewKinds: readonly ReviewKind[] = [
  review('authentication.k8s.io', 'SelfSubjectReview'),
  review('authentication.k8s.io', 'TokenReview'),
  review('authorization.k8s.io', 'LocalSubjectAccessReview', true),
  review('authorization.k8s.io', 'SelfSubjectAccessReview'),
  review('authorization.k8s.io', 'SelfSubjectRulesReview'),
  review('authorization.k8s.io', 'SubjectAccessReview'),
]
