// The fuzz entry, driven by random edits of good documents: a short run of what a fuzzer does for long.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/mutator.h"
#include "source/parse_fuzz.cc"  // the entry itself

namespace amime::source {
namespace {

const std::vector<std::string> kSeeds = {
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: r, labels: {a: b}}\nspec:\n  hosts: [r, '*.x']\n  http:\n  "
    "- match:\n    - uri: {prefix: /a}\n"
    "      headers: {x: {regex: 'a.*'}}\n    route:\n    - destination: {host: r, subset: v1, port: {number: 80}}\n      weight: 90\n    "
    "timeout: 1h30m\n    fault: {abort: {httpStatus: 500, percentage: {value: 0.5}}}\n",
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\nspec:\n  ports: &p\n  - {name: a, port: 80, targetPort: http}\n  x: {<<: {a: 1}, "
    "b: *p}\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: t}, data: {a: aGVsbG8=}}\n",
    "{\"apiVersion\":\"networking.istio.io/"
    "v1alpha3\",\"kind\":\"EnvoyFilter\",\"metadata\":{\"name\":\"e\"},\"spec\":{\"configPatches\":[{\"applyTo\":\"CLUSTER\",\"patch\":{"
    "\"operation\":\"MERGE\",\"value\":{\"a\":[1,1.5e3,null,true,\"x\"]}}}]}}",
    "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: e}\nspec: {configPatches: [{applyTo: HTTP_FILTER, "
    "patch: "
    "{operation: INSERT_FIRST, value: {name: l, typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua, "
    "default_source_code: {inline_string: x}}}}}]}\n",
    "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec: {gatewayClassName: istio, listeners: [{name: h, "
    "port: 80, protocol: HTTP, hostname: '*.x', allowedRoutes: {namespaces: {from: All}}}]}\n---\napiVersion: "
    "gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\nspec: {parentRefs: [{name: g}], hostnames: [a.x], rules: "
    "[{matches: [{path: {value: /a}, method: GET}], filters: [{type: URLRewrite, urlRewrite: {hostname: b}}], backendRefs: [{name: s, "
    "port: "
    "80}]}]}\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {ingressClassName: istio, rules: [{http: "
    "{paths: [{path: /, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}]}}]}\n",
    "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p}\nspec: {action: DENY, rules: [{from: [{source: "
    "{ipBlocks: [10.0.0.0/8]}}], to: [{operation: {ports: ['80']}}]}]}\n",
    "enableTracing: false\ndefaultConfig: {proxyMetadata: {A: b}, drainDuration: 3s}\nextensionProviders: [{name: x, envoyFileAccessLog: "
    "{path: /x}}]\n"};

TEST(ParseRandomTest, NothingCrashesAndGoodObjectsReadBack) {
  base::Mutator mutator(kSeeds, "{}[]:,-&*!|>'\"%@`#?\n\t \\0123456789.e+~<=xA\x7f\x80\xc3\xa9\xff", 20240201);
  for (int i = 0; i < 1000; ++i) {
    const std::string text = static_cast<char>(mutator.below(4)) + mutator.next();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
}

}  // namespace
}  // namespace amime::source
