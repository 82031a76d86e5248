#include "source/validate_testing.h"

namespace amime::source {
namespace {

TEST(ValidateServiceEntry, Resolutions) {
  check_rows(
      "ServiceEntry",
      {
          {"{hosts: [a.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}", {}},
          {"{hosts: [a.com], ports: [{number: 80, name: http}], resolution: STATIC, endpoints: [{address: 10.0.0.1, ports: {http: 8080}}, "
           "{address: 'unix:///x'}]}",
           {}},
          {"{hosts: ['*.a.com'], ports: [{number: 443, name: tls, protocol: TLS}], resolution: NONE, addresses: [10.0.0.0/8]}", {}},
          {"{hosts: ['*.a.com'], ports: [{number: 443, name: tls, protocol: TLS}], resolution: DYNAMIC_DNS}", {}},
          {"{}", {"spec.hosts: at least one"}},
          {"{hosts: ['*', a..b, '*x.com'], addresses: [x, 10.0.0.0/99]}",
           {"spec.hosts[0]: not allowed", "spec.hosts[1]: bad label", "warning spec.hosts[2]: whole labels", "spec.addresses[0]: neither",
            "spec.addresses[1]: neither"}},
          {"{hosts: [a.com], addresses: [10.0.0.0/8], resolution: DNS}", {"spec.addresses[0]: NONE or STATIC"}},
          {"{hosts: [a.com], ports: [{number: 1, name: a}, {number: 1, name: a, protocol: X, targetPort: 99999}, {number: 0, name: 'b "
           "c'}]}",
           {"spec.ports[1].number: twice", "spec.ports[1].name: twice", "spec.ports[1].protocol: not one of",
            "spec.ports[1].targetPort: no port", "spec.ports[2].number: no port", "spec.ports[2].name: not a port name"}},
          {"{hosts: [a.com], resolution: NONE, endpoints: [{address: 1.1.1.1}]}", {"spec.endpoints: NONE"}},
          {"{hosts: [a.com], resolution: STATIC, workloadSelector: {labels: {a: b}}, endpoints: [{address: host.com, ports: {x: 70000}}]}",
           {"spec.workloadSelector: endpoints", "spec.endpoints[0].address: not an IP", "spec.endpoints[0].ports[\"x\"]: no port of this",
            "spec.endpoints[0].ports[\"x\"]: 70000 is no port"}},
          {"{hosts: ['*.a.com'], resolution: DNS}", {"spec.hosts[0]: cannot be resolved"}},
          {"{hosts: ['*.a.com'], resolution: DNS, endpoints: [{address: b.com}, {address: 'b c', ports: {y: 1}}]}",
           {"spec.endpoints[1].address: neither an IP", "spec.endpoints[1].ports[\"y\"]: no port of this"}},
          {"{hosts: [a.com], resolution: DNS_ROUND_ROBIN, endpoints: [{address: b.com}, {address: c.com}]}",
           {"spec.endpoints: at most one"}},
          {"{hosts: [a.com], resolution: DYNAMIC_DNS, addresses: [1.1.1.1], endpoints: [{address: b.com}], ports: [{number: 1, name: t, "
           "protocol: TCP}]}",
           {"spec.hosts[0]: begin with a wildcard", "spec.addresses: DYNAMIC_DNS", "spec.endpoints: DYNAMIC_DNS",
            "spec.ports[0].protocol: HTTP, HTTP2"}},
          {"{hosts: [a.com, b.com], resolution: DNS, ports: [{number: 1, name: t, protocol: TCP}]}",
           {"warning spec.ports[0].protocol: several hosts"}},
          {"{hosts: [a.com], exportTo: ['~']}", {}},
          {"{hosts: [a.com], exportTo: ['~', x]}", {"spec.exportTo: excludes"}},
      });
}

TEST(ValidateWorkloads, EntriesAndGroups) {
  check_rows("WorkloadEntry", {
                                  {"{address: 10.0.0.1, labels: {a: b}, ports: {http: 80}}", {}},
                                  {"{address: host.example.com}", {}},
                                  {"{}", {"spec.address: required"}},
                                  {"{network: n}", {}},
                                  {"{address: 'a b', labels: {'a b': c}, ports: {http: 0}}",
                                   {"spec.address: neither", "spec.labels[\"a b\"]: label's name", "spec.ports[\"http\"]: no port"}},
                                  {"{address: 'unix://rel', ports: {a: 1}}", {"spec.address: absolute", "spec.ports: Unix socket"}},
                              });
  check_rows(
      "WorkloadGroup",
      {
          {"{template: {serviceAccount: x}, probe: {httpGet: {port: 80, scheme: HTTP}}}", {}},
          {"{}", {"spec.template: required"}},
          {"{template: {}, metadata: {labels: {'a b': c}}, probe: {periodSeconds: -1, exec: {}}}",
           {"spec.metadata.labels[\"a b\"]: label's name", "spec.probe.periodSeconds: negative", "spec.probe.exec.command: required"}},
          {"{template: {}, probe: {}}", {"spec.probe: one of"}},
          {"{template: {}, probe: {httpGet: {port: 0, scheme: ftp, httpHeaders: [{name: 'a b'}]}}}",
           {"spec.probe.httpGet.port: no port", "spec.probe.httpGet.scheme: HTTP", "spec.probe.httpGet.httpHeaders[0].name: header"}},
      });
}

TEST(ValidateSidecar, Listeners) {
  check_rows("Sidecar",
             {
                 {"{egress: [{port: {number: 80, protocol: HTTP, name: x}, hosts: ['./*', '~/*']}, {hosts: ['*/*']}], ingress: [{port: "
                  "{number: 80, protocol: HTTP}, defaultEndpoint: '127.0.0.1:8080'}]}",
                  {}},
                 {"{}", {"spec: say something"}},
                 {"{workloadSelector: {labels: {}}, outboundTrafficPolicy: {mode: REGISTRY_ONLY}}",
                  {"warning spec.workloadSelector: selects everything"}},
                 {"{egress: [{hosts: ['*/*']}, {hosts: ['./a.com']}]}", {"warning spec.egress[0]: should be the last"}},
                 {"{egress: [{hosts: [a.com, 'n_s/x.com', './short', './a.com', './a.com']}]}",
                  {"spec.egress[0].hosts[0]: not NAMESPACE/HOST", "spec.egress[0].hosts[1]: neither a namespace",
                   "spec.egress[0].hosts[2]: short name", "warning spec.egress[0].hosts[4]: twice"}},
                 {"{egress: [{port: {number: 1, protocol: X}, bind: x, hosts: ['*/*']}, {port: {number: 1}, hosts: []}]}",
                  {"spec.egress[0].port.protocol: not one of", "spec.egress[0].bind: IP", "spec.egress[1].port.number: twice",
                   "spec.egress[1].hosts: at least one"}},
                 {"{egress: [{port: {number: 0, protocol: HTTP}, bind: 'unix:///a', hosts: ['*/*']}, {port: {protocol: HTTP}, bind: x, "
                  "captureMode: IPTABLES, hosts: ['*/*']}]}",
                  {"spec.egress[1].bind: unix://PATH", "spec.egress[1].captureMode: DEFAULT or NONE"}},
                 {"{ingress: [{}, {port: {number: 1}, defaultEndpoint: 'x:1'}, {port: {number: 1}, defaultEndpoint: 'unix:///s'}, {port: "
                  "{number: 2}, defaultEndpoint: '127.0.0.1:x', bind: y}]}",
                  {"spec.ingress[0].port: required", "spec.ingress[1].defaultEndpoint: is not 127", "spec.ingress[2].port.number: twice",
                   "spec.ingress[3].defaultEndpoint: is not 127", "spec.ingress[3].bind: IP"}},
                 {"{ingress: [{port: {number: 1, protocol: HTTP}, tls: {mode: ISTIO_MUTUAL, credentialName: a}}]}",
                  {"spec.ingress[0].tls.credentialName: not supported", "spec.ingress[0].tls.mode: not supported",
                   "spec.ingress[0].tls: HTTPS or TLS", "spec.ingress[0].tls.credentialName: ISTIO_MUTUAL"}},
                 {"{outboundTrafficPolicy: {mode: REGISTRY_ONLY, egressProxy: {host: a.com}}}",
                  {"spec.outboundTrafficPolicy.egressProxy: ALLOW_ANY", "spec.outboundTrafficPolicy.egressProxy.port: required"}},
             });
}

}  // namespace
}  // namespace amime::source
