// What distinguishes one cluster's platform objects from another's.

export interface PlatformOptions {
  /** The provider's id of the cluster: the ALB is `public-cr<clusterId>-alb1`. */
  readonly clusterId: string
  /** Name of the one node; also its hostname. */
  readonly nodeName: string
  /** Address of the ALB and of the gateway when they are to have a fixed one. */
  readonly albAddress?: string
  readonly gatewayAddress?: string
}
