// Parts of a rule: matches and filters as Istio's messages. Pure. Private to http_*.cc.
#pragma once

#include <string>

#include "source/gateway_api/spec.h"

namespace istio::networking::v1alpha3 {
class CorsPolicy;
class Headers;
class HTTPMatchRequest;
class HTTPRedirect;
class HTTPRewrite;
class HTTPRoute;
}  // namespace istio::networking::v1alpha3

namespace amime::source::gateway_api {

void set_match(const HttpMatch& match, istio::networking::v1alpha3::HTTPMatchRequest* out);
void set_headers(const Filters& filters, istio::networking::v1alpha3::Headers* out);
void set_redirect(const Redirect& redirect, const HttpMatch& match, istio::networking::v1alpha3::HTTPRedirect* out);
void set_rewrite(const Rewrite& rewrite, const HttpMatch& match, istio::networking::v1alpha3::HTTPRewrite* out);
void set_cors(const Cors& cors, istio::networking::v1alpha3::CorsPolicy* out);
void set_timeouts(const HttpRule& rule, istio::networking::v1alpha3::HTTPRoute* out);  // and retries

}  // namespace amime::source::gateway_api
