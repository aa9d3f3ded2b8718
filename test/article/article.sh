#!/bin/bash
# The commands of the article, in its order and wording. A placeholder such as <your ALB ingress domain> is filled from the output above it.
# Run it where samples/ is: sallyport run -- bash test/article/article.sh. `## ` starts a section, `#: ` says what the next commands do;
# `sallyport demo` plays the same file.
set -e -o pipefail

## Initial setting
#: Create the httptools namespace and enable Istio sidecar injection
kubectl create namespace httptools
kubectl label namespace httptools istio-injection=enabled

#: Deploy the httpbin sample to httptools
kubectl apply -f samples/httpbin/httpbin.yaml -n httptools

## Create secrets for the ALB and the Istio ingress gateway
#: Store the name of your cluster
export CLUSTER_NAME=mycluster

#: Store the domain name of your ALB, and the name of its secret
ibmcloud ks cluster get --cluster $CLUSTER_NAME | grep Ingress
export ALB_INGRESS_DOMAIN=$(ibmcloud ks cluster get --cluster $CLUSTER_NAME | grep 'Ingress Subdomain' | awk '{print $3}')
export ALB_SECRET=$(ibmcloud ks cluster get --cluster $CLUSTER_NAME | grep 'Ingress Secret' | awk '{print $3}')

#: Store the external IP of your istio-ingressgateway service
export INGRESS_GATEWAY_IP=$(kubectl -n istio-system get service istio-ingressgateway -o jsonpath='{.status.loadBalancer.ingress[0].ip}')
echo INGRESS_GATEWAY_IP = $INGRESS_GATEWAY_IP

#: Create a DNS domain and certificates for the IP of the Istio ingress gateway
ibmcloud ks nlb-dns create classic --cluster $CLUSTER_NAME --ip $INGRESS_GATEWAY_IP --secret-namespace istio-system
export INGRESS_GATEWAY_DOMAIN=$(ibmcloud ks nlb-dnss --cluster $CLUSTER_NAME | grep -F $INGRESS_GATEWAY_IP | awk '{print $1}')

#: List the registered domain names, and wait until the certificate is there
ibmcloud ks nlb-dnss --cluster $CLUSTER_NAME
until ibmcloud ks nlb-dnss --cluster $CLUSTER_NAME | grep -F $INGRESS_GATEWAY_DOMAIN | grep -E 'created|enabled'; do sleep 0.1; done

#: Store the name of the secret of the new domain name
export INGRESS_GATEWAY_SECRET=$(ibmcloud ks nlb-dnss --cluster $CLUSTER_NAME | grep -F $INGRESS_GATEWAY_DOMAIN | awk '{print $5}')

#: Extract the certificate and the key from the secret provided for the ALB
mkdir alb_certs
kubectl get secret $ALB_SECRET --namespace=default -o yaml | grep 'tls.key:' | cut -f2 -d: | base64 --decode > alb_certs/client.key
kubectl get secret $ALB_SECRET --namespace=default -o yaml | grep 'tls.crt:' | cut -f2 -d: | base64 --decode > alb_certs/client.crt
ls -al alb_certs

#: Download the issuer certificate, which both doors trust
curl https://letsencrypt.org/certs/trustid-x3-root.pem --output trusted.crt

#: Create the secret by which the ALB establishes mutual TLS
kubectl create secret generic alb-certs -n istio-system --from-file=trusted.crt --from-file=alb_certs/client.crt --from-file=alb_certs/client.key

#: Create the secret by which the gateway verifies its clients
kubectl create -n istio-system secret generic $INGRESS_GATEWAY_SECRET-cacert --from-file=ca.crt=trusted.crt

## Configure a mutual TLS ingress gateway
#: Define a Gateway to allow access on port 443 only, with mutual TLS
kubectl apply -n httptools -f - <<EOF
apiVersion: networking.istio.io/v1alpha3
kind: Gateway
metadata:
  name: default-ingress-gateway
spec:
  selector:
    istio: ingressgateway # use istio default ingress gateway
  servers:
  - port:
      number: 443
      name: https
      protocol: HTTPS
    tls:
      mode: MUTUAL
      credentialName: $INGRESS_GATEWAY_SECRET
    hosts:
    - "$INGRESS_GATEWAY_DOMAIN"
    - "httpbin.$ALB_INGRESS_DOMAIN"
EOF

#: Configure routes for traffic entering via the Gateway
kubectl apply -n httptools -f - <<EOF
apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata:
  name: default-ingress
spec:
  hosts:
  - "$INGRESS_GATEWAY_DOMAIN"
  - "httpbin.$ALB_INGRESS_DOMAIN"
  gateways:
  - default-ingress-gateway
  http:
  - match:
    - uri:
        prefix: /status
    route:
    - destination:
        port:
          number: 8000
        host: httpbin.httptools.svc.cluster.local
EOF

#: Send a request to httpbin through the gateway, with the client certificate
curl https://$INGRESS_GATEWAY_DOMAIN/status/418 --cert alb_certs/client.crt --key alb_certs/client.key

#: Remove the certificates and keys
rm -r alb_certs trusted.crt

## Configure the ALB
#: Configure the Ingress resource for the ALB, in the namespace of the gateway
kubectl apply -f - <<EOF
apiVersion: extensions/v1beta1
kind: Ingress
metadata:
  name: alb-ingress
  namespace: istio-system
  annotations:
    ingress.bluemix.net/ssl-services: "ssl-service=istio-ingressgateway ssl-secret=alb-certs proxy-ssl-name=$INGRESS_GATEWAY_DOMAIN"
spec:
  tls:
  - hosts:
    - httpbin.$ALB_INGRESS_DOMAIN
    secretName: $ALB_SECRET
  rules:
  - host: httpbin.$ALB_INGRESS_DOMAIN
    http:
      paths:
      - path: /status
        backend:
          serviceName: istio-ingressgateway
          servicePort: 443
EOF

#: Test the ALB ingress
curl https://httpbin.$ALB_INGRESS_DOMAIN/status/418

## Cleanup
#: Delete the Ingress, the Gateway, the VirtualService and the secrets
kubectl delete ingress alb-ingress -n istio-system
kubectl delete virtualservice default-ingress -n httptools
kubectl delete gateway default-ingress-gateway -n httptools
kubectl delete secrets alb-certs -n istio-system
rm -rf alb_certs trusted.crt
unset CLUSTER_NAME ALB_INGRESS_DOMAIN ALB_SECRET INGRESS_GATEWAY_DOMAIN INGRESS_GATEWAY_SECRET

#: Shut the httpbin service down
kubectl delete -f samples/httpbin/httpbin.yaml -n httptools

#: Delete the httptools namespace
kubectl delete namespace httptools
