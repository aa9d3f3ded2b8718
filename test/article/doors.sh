#!/bin/bash
# What stays shut, and what stays open beside it: played after "Configure the ALB" of article.sh and before its Cleanup, by `sallyport demo` and by
# doors.test.ts. `#= text` after a command: its output must hold this text. `! command` must fail.

## The forbidden paths
#: The gateway ends the handshake of a client without a certificate
! curl -sS https://$INGRESS_GATEWAY_DOMAIN/status/418

#: ... and of a client with a certificate of another authority
kubectl config view --raw -o jsonpath='{.users[0].user.client-certificate-data}' | base64 --decode > foreign.crt
kubectl config view --raw -o jsonpath='{.users[0].user.client-key-data}' | base64 --decode > foreign.key
! curl -sS https://$INGRESS_GATEWAY_DOMAIN/status/418 --cert foreign.crt --key foreign.key

#: Service A asks for mutual TLS from everybody
kubectl apply -n httptools -f - <<EOF
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
spec:
  mtls:
    mode: STRICT
EOF

#: A plaintext client of its pod is cut off
export POD_IP=$(kubectl -n httptools get pod -l app=httpbin -o jsonpath='{.items[0].status.podIP}')
! curl -sS --proxytunnel http://$POD_IP/status/418

#: The ALB straight to service A, around the gateway, gets nothing either
kubectl apply -f - <<EOF
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: around-the-gateway
  namespace: httptools
spec:
  tls:
  - hosts:
    - around.$ALB_INGRESS_DOMAIN
    secretName: $ALB_SECRET
  rules:
  - host: around.$ALB_INGRESS_DOMAIN
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: httpbin
            port:
              number: 8000
EOF
curl -sS -o /dev/null -w '%{http_code}\n' https://around.$ALB_INGRESS_DOMAIN/status/418
#= 502

## The open paths
#: Service B has no sidecar: the ALB goes straight to it
kubectl create namespace legacy
kubectl apply -f samples/httpbin/httpbin.yaml -n legacy
kubectl -n legacy rollout status deployment/httpbin
kubectl apply -f - <<EOF
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: legacy
  namespace: legacy
spec:
  tls:
  - hosts:
    - legacy.$ALB_INGRESS_DOMAIN
    secretName: $ALB_SECRET
  rules:
  - host: legacy.$ALB_INGRESS_DOMAIN
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: httpbin
            port:
              number: 8000
EOF
curl -sS -o /dev/null -w '%{http_code}\n' https://legacy.$ALB_INGRESS_DOMAIN/status/418
#= 418

#: Service A through both doors, now that it is strict
curl -sS https://httpbin.$ALB_INGRESS_DOMAIN/status/418
#= teapot

#: Remove what these steps added
kubectl delete ingress around-the-gateway -n httptools
kubectl delete peerauthentication default -n httptools
kubectl delete namespace legacy
rm foreign.crt foreign.key
