#include "source/validate_testing.h"

namespace amime::source {
namespace {

TEST(ValidateSecurity, PeerAndRequestAuthentication) {
  check_rows("PeerAuthentication", {
                                       {"{mtls: {mode: STRICT}}", {}},
                                       {"{selector: {matchLabels: {a: b}}, portLevelMtls: {80: {mode: DISABLE}}}", {}},
                                       {"{portLevelMtls: {80: {mode: DISABLE}}}", {"spec.portLevelMtls: selector"}},
                                       {"{selector: {matchLabels: {a: 'b*'}}, portLevelMtls: {0: {mode: DISABLE}}}",
                                        {"spec.selector.matchLabels[\"a\"]: wildcards", "spec.portLevelMtls[\"0\"]: no port"}},
                                   });
  check_rows(
      "RequestAuthentication",
      {
          {"{selector: {matchLabels: {a: b}}, jwtRules: [{issuer: i, jwksUri: 'https://a/b', outputClaimToHeaders: [{header: x-a, claim: "
           "sub}]}]}",
           {}},
          {"{jwtRules: [{issuer: i, jwks: '{\"keys\": []}'}]}", {"spec.jwtRules[0].jwks: no key"}},
          {"{jwtRules: [{}]}", {"spec.jwtRules[0]: one of issuer"}},
          {"{jwtRules: [{jwksUri: 'ftp://x', jwks: 'x', audiences: [''], fromHeaders: [{}], fromParams: [''], fromCookies: [''], "
           "outputClaimToHeaders: [{header: 'a:b'}], timeout: 1us}]}",
           {"spec.jwtRules[0].jwksUri: http", "spec.jwtRules[0].jwks: jwksUri", "spec.jwtRules[0].jwks: JSON Web Key Set",
            "spec.jwtRules[0].audiences[0]: empty", "spec.jwtRules[0].fromHeaders[0].name: required",
            "spec.jwtRules[0].fromParams[0]: empty", "spec.jwtRules[0].fromCookies[0]: empty",
            "spec.jwtRules[0].outputClaimToHeaders[0].claim: required", "spec.jwtRules[0].outputClaimToHeaders[0].header: header",
            "spec.jwtRules[0].timeout: 1ms"}},
          {"{jwtRules: [{issuer: i, jwks: '{\"keys\": [{\"kty\": \"RSA\", \"n\": \"x\", \"e\": \"x\", \"d\": \"x\"}]}'}]}",
           {"warning spec.jwtRules[0].jwks: private"}},
          {"{selector: {matchLabels: {a: b}}, targetRefs: [{kind: Service, name: s}]}", {"spec: only one of"}},
          {"{targetRefs: [{kind: Service, name: s, group: core}, {kind: Gateway, group: gateway.networking.k8s.io}, {kind: Pod, name: p, "
           "namespace: n}]}",
           {"spec.targetRefs[1].name: required", "spec.targetRefs[2].namespace: own namespace", "spec.targetRefs[2].kind: no target"}},
      });
}

TEST(ValidateSecurity, AuthorizationPolicy) {
  check_rows(
      "AuthorizationPolicy",
      {
          {"{}", {}},
          {"{action: DENY, rules: [{from: [{source: {principals: [a], ipBlocks: [10.0.0.0/8]}}], to: [{operation: {ports: ['80'], paths: "
           "[/a*, '/x/{*}/y/{**}']}}], when: [{key: 'request.headers[x]', values: [a]}]}]}",
           {}},
          {"{action: DENY}", {"spec.rules: never applies"}},
          {"{action: CUSTOM, rules: [{}]}", {"spec.provider.name: required"}},
          {"{provider: {name: p}}", {"spec.provider: CUSTOM only"}},
          {"{rules: [{from: [{}], to: [{operation: {}}], when: [{}, {key: foo, values: [x]}, {key: source.ip, values: [x]}, {key: "
           "destination.port}]}]}",
           {"spec.rules[0].from[0].source: not be empty", "spec.rules[0].to[0].operation: not be empty",
            "spec.rules[0].when[0].key: required", "spec.rules[0].when[1].key: attribute", "spec.rules[0].when[2].values[0]: neither an IP",
            "spec.rules[0].when[3]: one of values"}},
          {"{rules: [{from: [{source: {principals: [''], serviceAccounts: [a/b/c], trustDomains: ['a*b', 'x/y'], ipBlocks: [x]}}]}]}",
           {"spec.rules[0].from[0].source.serviceAccounts: principals", "spec.rules[0].from[0].source.principals[0]: empty",
            "spec.rules[0].from[0].source.serviceAccounts[0]: NAMESPACE/ACCOUNT", "spec.rules[0].from[0].source.trustDomains[0]: wildcard",
            "spec.rules[0].from[0].source.trustDomains[1]: no /", "spec.rules[0].from[0].source.ipBlocks[0]: neither"}},
          {"{rules: [{to: [{operation: {ports: [http, '70000'], methods: [''], paths: ['/{**}/{*}', '/{x}', '/{*}/a*']}}]}]}",
           {"spec.rules[0].to[0].operation.ports[0]: not a port", "spec.rules[0].to[0].operation.ports[1]: not a port",
            "spec.rules[0].to[0].operation.methods[0]: empty", "spec.rules[0].to[0].operation.paths[0]: last",
            "spec.rules[0].to[0].operation.paths[1]: { and }", "spec.rules[0].to[0].operation.paths[2]: beside"}},
          {"{action: CUSTOM, provider: {name: p}, rules: [{from: [{source: {principals: [a]}}, {source: {ipBlocks: [1.1.1.1]}}], when: "
           "[{key: source.principal, values: [a]}]}]}",
           {"spec.rules[0].from[0].source: IP fields only", "spec.rules[0].when[0].key: CUSTOM"}},
          {"{action: DENY, rules: [{to: [{operation: {paths: [/x]}}]}]}", {"warning spec.rules[0]: TCP ports"}},
          {"{rules: [{when: [{key: request.headers, values: [a]}]}]}", {"spec.rules[0].when[0].key: NAME[KEY]"}},
      });
  check_row("AuthorizationPolicy", {"{}", {"metadata.annotations[\"istio.io/dry-run\"]: \"true\" or"}},
            "name: x, annotations: {istio.io/dry-run: maybe}");
  check_row("Sidecar", {"{outboundTrafficPolicy: {}}", {"metadata.annotations[\"istio.io/dry-run\"]: AuthorizationPolicies only"}},
            "name: x, annotations: {istio.io/dry-run: 'true'}");
}

TEST(ValidateOthers, TelemetryWasmProxyEnvoyFilter) {
  check_rows(
      "Telemetry",
      {
          {"{tracing: [{randomSamplingPercentage: 10, providers: [{name: p}]}], metrics: [{overrides: [{tagOverrides: {a: {value: x}}}]}], "
           "accessLogging: [{providers: [{name: envoy}]}]}",
           {}},
          {"{tracing: [{randomSamplingPercentage: 101, providers: [{}, {name: p}], customTags: {a: {literal: {}}, b: {header: {}}, c: "
           "{environment: {}}}}, {}]}",
           {"spec.tracing[0].randomSamplingPercentage: between", "spec.tracing[0].providers[0].name: required",
            "warning spec.tracing[0].providers: first", "warning spec.tracing: first",
            "spec.tracing[0].customTags[\"a\"].literal.value: required", "spec.tracing[0].customTags[\"b\"].header.name: required",
            "spec.tracing[0].customTags[\"c\"].environment.name: required"}},
          {"{metrics: [{overrides: [{match: {customMetric: ''}, tagOverrides: {a: {}, b: {operation: REMOVE, value: x}}}]}]}",
           {"spec.metrics[0].overrides[0].match.customMetric: empty", "spec.metrics[0].overrides[0].tagOverrides[\"a\"].value: UPSERT",
            "spec.metrics[0].overrides[0].tagOverrides[\"b\"].value: REMOVE"}},
      });
  check_rows("WasmPlugin",
             {
                 {"{url: 'oci://a/b:1', match: [{ports: [{number: 80}]}]}", {}},
                 {"{sha256: x, vmConfig: {env: [{name: a}, {name: a}, {}, {name: b, valueFrom: HOST, value: x}]}, match: [{ports: [{}]}]}",
                  {"spec.url: required", "spec.sha256: hexadecimal", "spec.vmConfig.env[1].name: twice",
                   "spec.vmConfig.env[2].name: 1 to 256", "spec.vmConfig.env[3].value: INLINE", "spec.match[0].ports[0].number: no port"}},
                 {"{url: 'ftp://x'}", {"spec.url: scheme ftp"}},
             });
  check_rows("ProxyConfig", {{"{concurrency: 2}", {}}, {"{concurrency: -1}", {"spec.concurrency: negative"}}});
  check_rows(
      "EnvoyFilter",
      {
          {"{configPatches: [{applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND, listener: {filterChain: {filter: {name: "
           "envoy.filters.network.http_connection_manager, subFilter: {name: x}}}}}, patch: {operation: INSERT_BEFORE, value: "
           "{name: y}}}]}",
           {}},
          {"{configPatches: [{}, {applyTo: CLUSTER}, {applyTo: CLUSTER, patch: {}}, {applyTo: CLUSTER, patch: {operation: MERGE}}, "
           "{applyTo: CLUSTER, match: {listener: {}, proxy: {proxyVersion: '('}}, patch: {operation: REMOVE}}]}",
           {"spec.configPatches[0].applyTo: required", "spec.configPatches[1].patch: required",
            "spec.configPatches[2].patch.operation: required", "spec.configPatches[3].patch.value: required",
            "spec.configPatches[4].match.proxy.proxyVersion: RE2", "spec.configPatches[4].match: needs cluster"}},
          {"{configPatches: [{applyTo: CLUSTER, patch: {operation: ADD, value: {name: x, connect_timeout: soon}}}, {applyTo: "
           "HTTP_FILTER, patch: {operation: ADD, value: {name: x, typed_config: {'@type': type.googleapis.com/no.such.Type}}}}]}",
           {"spec.configPatches[0].patch.value: is no envoy.config.cluster.v3.Cluster", "spec.configPatches[1].patch.value: no.such.Type"}},
          {"{configPatches: [{applyTo: NETWORK_FILTER, match: {listener: {filterChain: {filter: {name: x, subFilter: {}}}}}, patch: "
           "{operation: REMOVE}}]}",
           {"spec.configPatches[0].match.listener.filterChain.filter.subFilter: HTTP_FILTER only",
            "spec.configPatches[0].match.listener.filterChain.filter.name: http_connection_manager",
            "spec.configPatches[0].match.listener.filterChain.filter.subFilter.name: required"}},
      });
}

TEST(ValidateMeshConfig, Values) {
  auto problems = [](const std::string& yaml) { return problems_of(parse_mesh_config(yaml, "mesh.yaml")); };
  EXPECT_THAT(problems("trustDomain: my.domain\nconnectTimeout: 5s\ndefaultConfig: {drainDuration: 10s}\n"), testing::IsEmpty());
  EXPECT_THAT(
      problems("trustDomain: a..b\nconnectTimeout: 31s\nproxyListenPort: 0\ndefaultConfig:\n  drainDuration: 1.5s\n  statusPort: 99999\n"),
      testing::UnorderedElementsAre(testing::HasSubstr("1: trustDomain: "), testing::HasSubstr("2: connectTimeout: must be at most 30s"),
                                    testing::HasSubstr("3: proxyListenPort: 0 is no port"),
                                    testing::HasSubstr("5: defaultConfig.drainDuration: "),
                                    testing::HasSubstr("6: defaultConfig.statusPort: ")));
  EXPECT_THAT(problems("protocolDetectionTimeout: -1s\ndefaultConfig: {connectionSettings: {http2InitialStreamWindowSize: 10}}\n"
                       "defaultTrafficPolicy: {outlierDetection: {maxEjectionPercent: 101}}\n"),
              testing::UnorderedElementsAre(
                  testing::HasSubstr("1: protocolDetectionTimeout: "),
                  testing::HasSubstr("2: defaultConfig.connectionSettings.http2InitialStreamWindowSize: must be at least 65535"),
                  testing::HasSubstr("3: defaultTrafficPolicy.outlierDetection.maxEjectionPercent: ")));
}

}  // namespace
}  // namespace amime::source
