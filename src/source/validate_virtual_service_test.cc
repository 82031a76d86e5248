#include "source/validate_testing.h"

namespace amime::source {
namespace {

// A VirtualService whose only http route is this.
std::string http(const std::string& route) { return "{hosts: [a], http: [" + route + "]}"; }
void check_http(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const std::string spec = http(row.spec);
    check_row("VirtualService", {spec.c_str(), row.problems});
  }
}

const char kTo[] = "route: [{destination: {host: a}}]";

TEST(ValidateVirtualService, WholeObject) {
  check_rows(
      "VirtualService",
      {
          {"{hosts: [a, b.example.com, '*.example.org', 10.0.0.1], http: [{route: [{destination: {host: a}}]}]}", {}},
          {"{hosts: ['*'], gateways: [g, ns/g], http: [{route: [{destination: {host: a}}]}]}", {}},
          {"{hosts: ['*'], http: [{route: [{destination: {host: a}}]}]}", {"warning spec.hosts[0]: meant for gateways"}},
          {"{hosts: [a..b, a_b]}", {"spec.hosts[0]: bad label", "spec.hosts[1]: bad label", "spec: one of http, tls, tcp"}},
          {"{hosts: ['*.com', a.com], gateways: [g], http: [{route: [{destination: {host: a}}]}]}", {"warning spec.hosts[1]: covered by"}},
          {"{hosts: [a, a], http: [{route: [{destination: {host: a}}]}]}", {"warning spec.hosts[1]: covered by"}},
          {"{http: [{route: [{destination: {host: a}}]}]}", {}},
          {"{gateways: [g], tls: [{match: [{sniHosts: [a]}], route: [{destination: {host: a}}]}], tcp: [{route: [{destination: "
           "{host: a}}]}]}",
           {"spec.gateways: no meaning in a delegate", "spec.tls: http routes only", "spec.tcp: http routes only",
            "warning spec.tls[0].match[0].sniHosts[0]: none of the hosts"}},
          {"{hosts: [a], gateways: [ns/g/x, A_B/c, 'a b'], http: [{route: [{destination: {host: a}}]}]}",
           {"spec.gateways[0]: not NAMESPACE/NAME", "spec.gateways[1]: not NAMESPACE/NAME", "spec.gateways[2]: bad label"}},
          {"{hosts: [a], exportTo: ['*', '.'], http: [{route: [{destination: {host: a}}]}]}", {"spec.exportTo: excludes other"}},
          {"{hosts: [a], exportTo: [ns, '.'], http: [{route: [{destination: {host: a}}]}]}", {"spec.exportTo[1]: stands twice"}},
          {"{hosts: [a], exportTo: ['~', 'x y'], http: [{route: [{destination: {host: a}}]}]}",
           {"warning spec.exportTo[0]: nobody sees", "spec.exportTo[1]: neither"}},
          {"{hosts: [a], http: [{route: [{destination: {host: a}}]}, {route: [{destination: {host: a}}]}]}",
           {"warning spec.http[1]: never reached"}},
      });
}

TEST(ValidateVirtualService, TlsAndTcp) {
  check_rows("VirtualService",
             {
                 {"{hosts: ['*.a.com'], tls: [{match: [{port: 443, sniHosts: [x.a.com]}], route: [{destination: {host: a}}]}]}", {}},
                 {"{hosts: [a.com], tls: [{route: []}]}", {"spec.tls[0].match: at least one", "spec.tls[0].route: is required"}},
                 {"{hosts: [a.com], tls: [{match: [{sniHosts: [b.com]}, {port: 70000}], route: [{destination: {host: a}}]}]}",
                  {"warning spec.tls[0].match[0].sniHosts[0]: none of the hosts", "spec.tls[0].match[1].sniHosts: at least one",
                   "spec.tls[0].match[1].port: no port"}},
                 {"{hosts: [a.com], gateways: [g], tls: [{match: [{sniHosts: [10.0.0.1]}], route: [{destination: {host: a}}]}]}",
                  {"warning spec.tls[0].match[0].sniHosts[0]: do not send IP"}},
                 {"{hosts: [a], tcp: [{match: [{destinationSubnets: [10.0.0.0/8, x], sourceLabels: {'a b': c}}], route: [{destination: "
                  "{host: a}, weight: 0}, {destination: {host: b}, weight: 0}]}]}",
                  {"spec.tcp[0].match[0].destinationSubnets[1]: neither an IP",
                   "spec.tcp[0].match[0].sourceLabels[\"a b\"]: not a label's name", "spec.tcp[0].route: add up to 0"}},
                 {"{hosts: [a], tcp: [{route: [{weight: -1}]}]}",
                  {"spec.tcp[0].route[0].destination: is required", "spec.tcp[0].route[0].weight: negative"}},
             });
}

TEST(ValidateHttpRoute, WhatItDoes) {
  check_http({
      {"{route: [{destination: {host: a, subset: v1, port: {number: 80}}, weight: 100}]}", {}},
      {"{}", {"spec.http[0]: one of route, redirect"}},
      {"{redirect: {uri: /x}, route: [{destination: {host: a}}], fault: {delay: {fixedDelay: 1s}}, rewrite: {uri: /}}",
       {"spec.http[0].route: together with redirect", "warning spec.http[0].fault: met before redirect",
        "spec.http[0].rewrite: together with redirect"}},
      {"{directResponse: {status: 200}, redirect: {uri: /}}", {"spec.http[0].directResponse: together with redirect"}},
      {"{directResponse: {status: 99}}", {"spec.http[0].directResponse.status: not an HTTP status"}},
      {"{delegate: {name: d}, route: [{destination: {host: a}}]}", {"spec.http[0].route: together with delegate"}},
      {"{route: [{destination: {host: '*'}}]}", {"spec.http[0].route[0].destination.host: no destination"}},
      {"{route: [{destination: {host: ''}}]}", {"spec.http[0].route[0].destination.host: must not be empty"}},
      {"{route: [{destination: {host: a, subset: v_1, port: {number: 0}}}]}",
       {"spec.http[0].route[0].destination.subset: not a subset name", "spec.http[0].route[0].destination.port.number: no port"}},
      {"{route: [{destination: {host: a}, weight: -5}]}", {"spec.http[0].route[0].weight: negative"}},
      {"{route: [{destination: {host: a}}, {destination: {host: b}}]}", {"spec.http[0].route: add up to 0"}},
      {"{route: [{weight: 1}]}", {"spec.http[0].route[0].destination: is required"}},
      {"{route: [{destination: {host: a}}], mirror: {host: m}, mirrors: [{destination: {host: n}, percentage: {value: 101}}, {}]}",
       {"spec.http[0].mirror: together with mirrors", "spec.http[0].mirrors[0].percentage.value: between",
        "spec.http[0].mirrors[1].destination: is required"}},
      {"{route: [{destination: {host: a}}], mirrorPercent: 101, mirrorPercentage: {value: -1}}",
       {"spec.http[0].mirrorPercent: no percentage", "warning spec.http[0].mirrorPercent: deprecated",
        "spec.http[0].mirrorPercentage.value: between"}},
      {"{route: [{destination: {host: a}}], timeout: 0s}", {}},
      {"{route: [{destination: {host: a}}], timeout: 100us}", {"spec.http[0].timeout: at least 1ms"}},
      {"{route: [{destination: {host: a}}], timeout: 1.0005s}", {"spec.http[0].timeout: whole number of milliseconds"}},
  });
}

TEST(ValidateHttpRoute, RedirectAndRewrite) {
  check_http({
      {"{redirect: {scheme: https, port: 8443, redirectCode: 308}}", {}},
      {"{redirect: {}}", {"spec.http[0].redirect: one of uri"}},
      {"{redirect: {uri: /a, prefixRewrite: /b}, match: [{uri: {exact: /x}}]}",
       {"spec.http[0].redirect.prefixRewrite: together with uri", "spec.http[0].redirect.prefixRewrite: to be a prefix"}},
      {"{redirect: {scheme: ftp, redirectCode: 200, port: 99999}}",
       {"spec.http[0].redirect.scheme: http or https", "spec.http[0].redirect.redirectCode: 3xx", "spec.http[0].redirect.port: no port"}},
      {"{route: [{destination: {host: a}}], rewrite: {}}", {"spec.http[0].rewrite: one of uri"}},
      {"{route: [{destination: {host: a}}], rewrite: {uri: /, uriRegexRewrite: {match: '[', rewrite: ''}}}",
       {"spec.http[0].rewrite.uriRegexRewrite: together with uri", "spec.http[0].rewrite.uriRegexRewrite.match: RE2",
        "spec.http[0].rewrite.uriRegexRewrite.rewrite: is required"}},
  });
}

TEST(ValidateHttpRoute, RetriesFaultsCors) {
  check_http({
      {"{route: [{destination: {host: a}}], retries: {attempts: 3, perTryTimeout: 2s, retryOn: '5xx,503,unavailable'}}", {}},
      {"{route: [{destination: {host: a}}], retries: {attempts: 0}}", {}},
      {"{route: [{destination: {host: a}}], retries: {retryOn: 5xx}}", {"spec.http[0].retries.attempts: 0 disables"}},
      {"{route: [{destination: {host: a}}], retries: {attempts: -1, perTryTimeout: 1us, backoff: 1us, retryOn: 'often,999'}}",
       {"spec.http[0].retries.attempts: negative", "spec.http[0].retries.perTryTimeout: 1ms", "spec.http[0].retries.backoff: 1ms",
        "warning spec.http[0].retries.retryOn: \"often\"", "warning spec.http[0].retries.retryOn: \"999\""}},
      {"{route: [{destination: {host: a}}], fault: {delay: {fixedDelay: 5s, percentage: {value: 0.1}}, abort: {httpStatus: 503}}}", {}},
      {"{route: [{destination: {host: a}}], fault: {}}", {"spec.http[0].fault: one of abort"}},
      {"{route: [{destination: {host: a}}], fault: {abort: {percentage: {value: 50}}}}", {"warning spec.http[0].fault.abort: no effect"}},
      {"{route: [{destination: {host: a}}], fault: {abort: {httpStatus: 9, percentage: {value: 0.00001}}, delay: {exponentialDelay: 1s}}}",
       {"spec.http[0].fault.abort.httpStatus: not an HTTP status", "spec.http[0].fault.abort.percentage.value: neither 0",
        "spec.http[0].fault.delay.exponentialDelay: not supported"}},
      {"{route: [{destination: {host: a}}], fault: {abort: {grpcStatus: BROKEN}}}",
       {"spec.http[0].fault.abort.grpcStatus: status of gRPC"}},
      {"{route: [{destination: {host: a}}], fault: {abort: {http2Error: X}}}", {"spec.http[0].fault.abort.http2Error: not supported"}},
      {"{route: [{destination: {host: a}}], corsPolicy: {allowOrigins: [{exact: x}, {regex: '.*'}], allowMethods: [GET, '*'], "
       "allowHeaders: ['*', x-a], maxAge: 24h}}",
       {}},
      {"{route: [{destination: {host: a}}], corsPolicy: {allowOrigins: [{}, {regex: '('}], allowMethods: [FETCH], exposeHeaders: ['a b'], "
       "maxAge: 1.5s}}",
       {"spec.http[0].corsPolicy.allowOrigins[0]: one of exact", "spec.http[0].corsPolicy.allowOrigins[1].regex: RE2",
        "spec.http[0].corsPolicy.allowMethods[0]: not an HTTP method", "spec.http[0].corsPolicy.exposeHeaders[0]: not a header",
        "spec.http[0].corsPolicy.maxAge: whole number of seconds"}},
  });
}

TEST(ValidateHttpRoute, Headers) {
  check_http({
      {"{route: [{destination: {host: a}}], headers: {request: {set: {x-a: '%REQ(x)%', host: b}, add: {x-b: '100%%'}, remove: [x-c]}, "
       "response: {set: {x-d: \"\"}}}}",
       {}},
      {"{route: [{destination: {host: a}, headers: {request: {set: {':path': x}, remove: [host]}, response: {add: {':status': x, Host: "
       "b}}}}]}",
       {"spec.http[0].route[0].headers.request.set[\":path\"]: cannot be set",
        "spec.http[0].route[0].headers.request.remove[0]: cannot be removed",
        "spec.http[0].route[0].headers.response.add[\":status\"]: cannot be set",
        "spec.http[0].route[0].headers.response.add[\"Host\"]: cannot be set"}},
      {"{route: [{destination: {host: a}}], headers: {request: {set: {a: '%', b: '50% off', c: '%REQ(x', d: '%REQ(x)', e: \"\\x01\"}}}}",
       {"spec.http[0].headers.request.set[\"a\"]: single %", "spec.http[0].headers.request.set[\"b\"]: closing %",
        "spec.http[0].headers.request.set[\"c\"]: without its )", "spec.http[0].headers.request.set[\"d\"]: closing %",
        "spec.http[0].headers.request.set[\"e\"]: control character"}},
      {"{route: [{destination: {host: a}}], rewrite: {authority: b}, headers: {request: {set: {host: c}}}}",
       {"warning spec.http[0].headers.request: more than once"}},
  });
}

TEST(ValidateHttpRoute, Matches) {
  check_http({
      {"{route: [{destination: {host: a}}], match: [{uri: {prefix: ''}, headers: {x-a: {exact: b}, ':method': {exact: GET}, x-b: {}}, "
       "withoutHeaders: {x-c: {regex: '*'}}, "
       "queryParams: {q: {regex: 'a+'}}, port: 80, sourceLabels: {app: x}, gateways: [mesh], sourceNamespace: ns}]}",
       {}},
      {"{route: [{destination: {host: a}}], match: [{uri: {regex: '('}, scheme: {prefix: ''}, method: {regex: ''}, authority: {prefix: "
       "''}, queryParams: {q: {prefix: ''}}}]}",
       {"spec.http[0].match[0].uri.regex: RE2", "spec.http[0].match[0].scheme.prefix: not be empty",
        "spec.http[0].match[0].method.regex: not be empty", "spec.http[0].match[0].authority.prefix: not be empty",
        "spec.http[0].match[0].queryParams[\"q\"].prefix: not be empty"}},
      {"{route: [{destination: {host: a}}], match: [{headers: {'a b': {exact: x}, '@request.auth.claims.sub': {exact: x}}, withoutHeaders: "
       "{x: {regex: '['}}, port: 0, sourceNamespace: 'a.b', gateways: [a/b/c]}]}",
       {"spec.http[0].match[0].headers[\"a b\"]: not a header",
        "spec.http[0].match[0].headers[\"@request.auth.claims.sub\"]: gateways only",
        "spec.http[0].match[0].withoutHeaders[\"x\"].regex: RE2", "spec.http[0].match[0].sourceNamespace: not a namespace",
        "spec.http[0].match[0].gateways[0]: not NAMESPACE/NAME"}},
  });
  const std::string longest = "{hosts: [a], http: [{" + std::string(kTo) + ", match: [{uri: {regex: '" + std::string(1025, 'a') + "'}}]}]}";
  check_row("VirtualService", {longest.c_str(), {"spec.http[0].match[0].uri.regex: at most 1024"}});
}

}  // namespace
}  // namespace amime::source
