#include "source/validate_testing.h"

namespace amime::source {
namespace {

TEST(ValidateDestinationRule, Everything) {
  check_rows("DestinationRule",
             {
                 {"{host: a, trafficPolicy: {loadBalancer: {simple: RANDOM}}, subsets: [{name: v1, labels: {version: v1}, trafficPolicy: "
                  "{tls: {mode: DISABLE}}}]}",
                  {}},
                 {"{host: ''}", {"spec.host: must not be empty"}},
                 {"{host: a, trafficPolicy: {}}", {"spec.trafficPolicy: say something"}},
                 {"{host: a, subsets: [{name: v1}, {name: v1}, {name: ''}, {name: v.2}]}",
                  {"spec.subsets[1].name: twice", "spec.subsets[2].name: required", "spec.subsets[3].name: not a subset name"}},
                 {"{host: a, subsets: [{name: v1, labels: {a: 'b c'}}]}", {"spec.subsets[0].labels[\"a\"]: label's value"}},
                 {"{host: a, trafficPolicy: {portLevelSettings: [{loadBalancer: {simple: RANDOM}}, {port: {number: 80}}]}}",
                  {"spec.trafficPolicy.portLevelSettings[0].port: required", "spec.trafficPolicy.portLevelSettings[1]: say something"}},
                 {"{host: a, trafficPolicy: {tunnel: {protocol: GET, targetHost: 'a b', targetPort: 0}, proxyProtocol: {version: V2}}}",
                  {"spec.trafficPolicy.tunnel: proxyProtocol", "spec.trafficPolicy.tunnel.protocol: CONNECT",
                   "spec.trafficPolicy.tunnel.targetHost: bad label", "spec.trafficPolicy.tunnel.targetPort: no port"}},
                 {"{host: a, workloadSelector: {matchLabels: {a: '*'}}, exportTo: [other]}",
                  {"spec.workloadSelector[\"a\"]: wildcards", "spec.exportTo: own namespace only"}},
             });
}

TEST(ValidateTrafficPolicy, PoolOutlierTls) {
  check_rows(
      "DestinationRule",
      {
          {"{host: a, trafficPolicy: {connectionPool: {tcp: {maxConnections: 1, connectTimeout: 30ms, idleTimeout: 0s}, http: "
           "{http1MaxPendingRequests: 1}}}}",
           {}},
          {"{host: a, trafficPolicy: {connectionPool: {}}}", {"spec.trafficPolicy.connectionPool: one of http"}},
          {"{host: a, trafficPolicy: {connectionPool: {tcp: {maxConnections: -1, connectTimeout: 0s, tcpKeepalive: {time: 1us}}, http: "
           "{maxRetries: -1, h2UpgradePolicy: UPGRADE, useClientProtocol: true, http2KeepAlive: {interval: 1s}}}}}",
           {"spec.trafficPolicy.connectionPool.tcp.maxConnections: negative", "spec.trafficPolicy.connectionPool.tcp.connectTimeout: 1ms",
            "spec.trafficPolicy.connectionPool.tcp.tcpKeepalive.time: 1ms", "spec.trafficPolicy.connectionPool.http.maxRetries: negative",
            "warning spec.trafficPolicy.connectionPool.http.useClientProtocol: UPGRADE",
            "spec.trafficPolicy.connectionPool.http.http2KeepAlive.timeout: required"}},
          {"{host: a, trafficPolicy: {outlierDetection: {consecutive5xxErrors: 3, interval: 5m, baseEjectionTime: 15m, maxEjectionPercent: "
           "100}}}",
           {}},
          {"{host: a, trafficPolicy: {outlierDetection: {consecutiveErrors: 1, consecutiveLocalOriginFailures: 1, interval: 0s, "
           "maxEjectionPercent: 101, minHealthPercent: -1}}}",
           {"warning spec.trafficPolicy.outlierDetection.consecutiveErrors: deprecated",
            "spec.trafficPolicy.outlierDetection.consecutiveLocalOriginFailures: splitExternal",
            "spec.trafficPolicy.outlierDetection.interval: 1ms", "spec.trafficPolicy.outlierDetection.maxEjectionPercent: percentage",
            "spec.trafficPolicy.outlierDetection.minHealthPercent: percentage"}},
          {"{host: a, trafficPolicy: {tls: {mode: SIMPLE, sni: x, insecureSkipVerify: true}}}", {}},
          {"{host: a, trafficPolicy: {tls: {mode: SIMPLE, caCertificates: x, insecureSkipVerify: true}}}",
           {"spec.trafficPolicy.tls.insecureSkipVerify: verify"}},
          {"{host: a, trafficPolicy: {tls: {mode: MUTUAL}}}",
           {"spec.trafficPolicy.tls.clientCertificate: required", "spec.trafficPolicy.tls.privateKey: required"}},
          {"{host: a, trafficPolicy: {tls: {mode: SIMPLE, credentialName: c, privateKey: x}}}",
           {"spec.trafficPolicy.tls.credentialName: certificate files"}},
          {"{host: a, trafficPolicy: {tls: {mode: SIMPLE, credentialName: 'configmap://other/c'}}}",
           {"spec.trafficPolicy.tls.credentialName: own namespace"}},
      });
}

TEST(ValidateLoadBalancer, HashLocalityWarmup) {
  check_rows(
      "DestinationRule",
      {
          {"{host: a, trafficPolicy: {loadBalancer: {consistentHash: {httpCookie: {name: c, ttl: 0s}, maglev: {tableSize: 65537}}}}}", {}},
          {"{host: a, trafficPolicy: {loadBalancer: {consistentHash: {httpCookie: {attributes: [{name: a}, {name: a}, {}]}, maglev: "
           "{tableSize: 100}}}}}",
           {"spec.trafficPolicy.loadBalancer.consistentHash.httpCookie.name: required",
            "spec.trafficPolicy.loadBalancer.consistentHash.httpCookie.attributes[1].name: twice",
            "spec.trafficPolicy.loadBalancer.consistentHash.httpCookie.attributes[2].name: required",
            "spec.trafficPolicy.loadBalancer.consistentHash.maglev.tableSize: prime"}},
          {"{host: a, trafficPolicy: {loadBalancer: {consistentHash: {useSourceIp: true, minimumRingSize: 5, ringHash: {minimumRingSize: "
           "5}}}}}",
           {"spec.trafficPolicy.loadBalancer.consistentHash.minimumRingSize: ringHash or maglev",
            "warning spec.trafficPolicy.loadBalancer.consistentHash.minimumRingSize: deprecated"}},
          {"{host: a, trafficPolicy: {outlierDetection: {}, loadBalancer: {localityLbSetting: {distribute: [{from: 'r/z/*', to: {'r/z/*': "
           "80, 'r/y/*': 20}}]}}}}",
           {}},
          {"{host: a, trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: 'r/*', to: {'r/z': 80, 'r/*': 10}}, {from: "
           "'r/z', to: {'a//b': 100}}, {from: x, to: {'y*z': 100}}]}}}}",
           {"spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[0].to: overlaps",
            "spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[0].to: add up to 90",
            "spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[1].to: empty part",
            "spec.trafficPolicy.loadBalancer.localityLbSetting.distribute: overlaps",
            "spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[2].to: at the end only"}},
          {"{host: a, trafficPolicy: {loadBalancer: {localityLbSetting: {failover: [{from: a, to: a}, {from: a/b, to: '*'}]}}}}",
           {"spec.trafficPolicy.loadBalancer.localityLbSetting.failover[0]: different",
            "spec.trafficPolicy.loadBalancer.localityLbSetting.failover[1]: regions only",
            "spec.trafficPolicy.loadBalancer.localityLbSetting.failover[1]: wildcards",
            "warning spec.trafficPolicy.loadBalancer.localityLbSetting: outlierDetection"}},
          {"{host: a, trafficPolicy: {loadBalancer: {warmup: {minimumPercent: 101, aggression: 0}, warmupDurationSecs: 1s}}}",
           {"spec.trafficPolicy.loadBalancer.warmup.duration: required",
            "spec.trafficPolicy.loadBalancer.warmup.minimumPercent: between 0 and 100",
            "spec.trafficPolicy.loadBalancer.warmup.aggression: greater", "spec.trafficPolicy.loadBalancer.warmupDurationSecs: warmup"}},
          {"{host: a, trafficPolicy: {loadBalancer: {warmupDurationSecs: -1s}}}", {"spec.trafficPolicy.loadBalancer.warmupDurationSecs: "}},
          {"{host: a, trafficPolicy: {retryBudget: {percent: 100.1}}}", {"spec.trafficPolicy.retryBudget.percent: between 0 and 100"}},
      });
}

TEST(ValidateGateway, Servers) {
  check_rows(
      "Gateway",
      {
          {"{selector: {istio: ingress}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*', ns/a.com, '*/*.b.com', "
           "10.0.0.1], tls: {httpsRedirect: true}}]}",
           {}},
          {"{servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: [a.com], tls: {mode: SIMPLE, credentialName: c}}]}", {}},
          {"{}", {"spec.servers: at least one"}},
          {"{servers: [{}]}", {"spec.servers[0].hosts: at least one", "spec.servers[0].port: required"}},
          {"{servers: [{port: {number: 0, protocol: FOO}, hosts: [short, 'ns/*x.com', 'n_s/a.com'], bind: x}]}",
           {"spec.servers[0].hosts[0]: short name", "spec.servers[0].hosts[1]: whole labels",
            "spec.servers[0].hosts[2]: neither a namespace", "spec.servers[0].port.protocol: not one of",
            "spec.servers[0].port.number: no port", "spec.servers[0].port.name: required", "spec.servers[0].bind: IP address"}},
          {"{servers: [{port: {number: 443, name: a, protocol: HTTPS}, hosts: [a.com]}, {port: {number: 80, name: a, protocol: HTTP}, "
           "hosts: [a.com], tls: {mode: SIMPLE, credentialName: c}}, {port: {number: 90, name: t, protocol: TCP}, hosts: ['*'], tls: "
           "{mode: PASSTHROUGH}}]}",
           {"spec.servers[0].tls: required for protocol HTTPS", "spec.servers[1].tls: httpsRedirect only",
            "spec.servers[1].port.name: twice", "spec.servers[2].tls: no meaning for protocol TCP"}},
          {"{servers: [{port: {number: 443, name: a, protocol: TLS}, hosts: [a.com], tls: {mode: SIMPLE}}]}",
           {"spec.servers[0].tls.serverCertificate: required", "spec.servers[0].tls.privateKey: required"}},
          {"{servers: [{port: {number: 443, name: a, protocol: TLS}, hosts: [a.com], tls: {mode: MUTUAL, serverCertificate: a, privateKey: "
           "b}}]}",
           {"spec.servers[0].tls.caCertificates: required for mode MUTUAL"}},
          {"{servers: [{port: {number: 443, name: a, protocol: TLS}, hosts: [a.com], tls: {mode: ISTIO_MUTUAL, credentialName: a}}]}",
           {"spec.servers[0].tls.credentialName: ISTIO_MUTUAL"}},
          {"{servers: [{port: {number: 443, name: a, protocol: TLS}, hosts: [a.com], tls: {mode: SIMPLE, credentialName: a, "
           "credentialNames: [b], caCrl: x}}]}",
           {"spec.servers[0].tls: only one of", "spec.servers[0].tls.caCrl: belongs into the Secret"}},
          {"{servers: [{port: {number: 443, name: a, protocol: TLS}, hosts: [a.com], tls: {mode: PASSTHROUGH, credentialName: a, "
           "cipherSuites: [X, AES128-SHA, AES128-SHA], minProtocolVersion: TLSV1_0}}]}",
           {"warning spec.servers[0].tls: uses no certificates", "warning spec.servers[0].tls.cipherSuites[0]: not a cipher suite",
            "warning spec.servers[0].tls.cipherSuites[2]: twice"}},
          {"{servers: [{port: {number: 0, name: u, protocol: HTTP}, bind: 'unix:///tmp/x', hosts: ['*']}, {port: {number: 1, name: v, "
           "protocol: HTTP}, bind: 'unix://x', hosts: ['*']}]}",
           {"spec.servers[1].bind: absolute path", "spec.servers[1].port.number: must be 0"}},
      });
}

}  // namespace
}  // namespace amime::source
