// Which Ingresses the ALB serves (iks.md 0): by class annotation, class name, or an IngressClass that names our controller.

import type { Ingress, IngressClass } from '../../resources/ingress.ts'
import { INGRESS_CLASS } from '../../resources/kinds.ts'
import { readObject } from '../graph/inputs.ts'
import type { Read } from '../graph/query.ts'

/** The controller name by which an IngressClass hands its Ingresses to the ALB. */
export const ALB_CONTROLLER = 'sallyport.dev/alb'
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'
const SERVED = ['', 'nginx', 'iks-nginx', 'public-iks-k8s-nginx']

/** The class that keeps the ALB from serving this Ingress and the field it stands in, or undefined when the ALB serves it. */
export function foreignClass(
  read: Read,
  ingress: Ingress,
): { readonly name: string; readonly field: string } | undefined {
  const annotation = ingress.metadata.annotations?.[CLASS_ANNOTATION]
  if (annotation !== undefined) {
    const field = `metadata.annotations[${CLASS_ANNOTATION}]`
    return SERVED.includes(annotation) ? undefined : { name: annotation, field }
  }
  const name = ingress.spec?.ingressClassName
  if (name === undefined || SERVED.includes(name)) return undefined
  const controller = readObject<IngressClass>(read, INGRESS_CLASS, name)?.object.spec?.controller
  return controller === ALB_CONTROLLER ? undefined : { name, field: 'spec.ingressClassName' }
}
