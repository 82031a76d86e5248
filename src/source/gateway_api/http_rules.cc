#include "source/gateway_api/http_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "networking/v1alpha3/virtual_service.pb.h"
#include "source/gateway_api/backend.h"
#include "source/gateway_api/http_parts.h"

namespace amime::source::gateway_api {
namespace {

namespace api = istio::networking::v1alpha3;

constexpr std::uint32_t kServerError = 500;

class Rules {
 public:
  Rules(Reads& reads, const mesh::Object& route, bool grants) : reads_(reads), route_(route), grants_(grants) {}

  HttpRules run() {
    const auto& rules = spec_of<HttpRouteSpec>(route_).rules;
    for (std::size_t i = 0; i < rules.size(); ++i) add(rules[i], i);
    return std::move(out_);
  }

 private:
  // The rule's part that is the same for all matches is made once.
  void add(const HttpRule& rule, std::size_t index) {
    api::HTTPRoute common;
    common.set_name(rule.name.empty() ? fmt::format("{}.{}.{}", route_.key.ns, route_.key.name, index) : rule.name);
    fill(rule, &common);
    for (const auto& match : rule.matches) {
      auto one = std::make_shared<api::HTTPRoute>(common);
      set_match(match, one->add_match());
      if (rule.filters.redirect && rule.filters.unsupported.empty()) set_redirect(*rule.filters.redirect, match, one->mutable_redirect());
      if (rule.filters.rewrite && one->route_size() > 0) set_rewrite(*rule.filters.rewrite, match, one->mutable_rewrite());
      out_.routes.push_back(std::move(one));
    }
  }

  void fill(const HttpRule& rule, api::HTTPRoute* out) {
    const Filters& filters = rule.filters;
    // Skipping a filter could let through what it would have stopped.
    if (!filters.unsupported.empty()) {
      complain("InvalidFilter", fmt::format("unsupported filter type \"{}\": requests are answered {}", filters.unsupported, kServerError));
      return out->mutable_direct_response()->set_status(kServerError);
    }
    if (filters.request || filters.response) set_headers(filters, out->mutable_headers());
    if (filters.cors) set_cors(*filters.cors, out->mutable_cors_policy());
    if (filters.redirect) return;
    const bool any = std::any_of(rule.backends.begin(), rule.backends.end(), [](const auto& backend) { return backend.weight > 0; });
    if (!any) return out->mutable_direct_response()->set_status(kServerError);
    set_timeouts(rule, out);
    for (const auto& mirror : filters.mirrors) add_mirror(mirror, out);
    const auto weighted = std::count_if(rule.backends.begin(), rule.backends.end(), [](const auto& backend) { return backend.weight > 0; });
    for (const auto& backend : rule.backends)
      if (backend.weight > 0) add_backend(backend, weighted > 1, out);
  }

  void add_backend(const WeightedBackend& backend, bool weighted, api::HTTPRoute* out) {
    const Filters& filters = backend.filters;
    auto* to = out->add_route();
    if (weighted) to->set_weight(static_cast<std::int32_t>(backend.weight));
    const bool more = filters.redirect || filters.rewrite || filters.cors || !filters.mirrors.empty();
    if (more || !filters.unsupported.empty()) {
      complain("InvalidFilter", fmt::format("a filter of backend {} is not supported there: requests to it are answered {}",
                                            backend.to.to.name, kServerError));
      return set_destination({}, to->mutable_destination());
    }
    set_destination(resolve(backend.to), to->mutable_destination());
    if (filters.request || filters.response) set_headers(filters, to->mutable_headers());
  }

  void add_mirror(const Mirror& mirror, api::HTTPRoute* out) {
    const Backend backend = resolve(mirror.to);
    if (backend.reason) return;  // a mirror that is not there is no reason to fail the request
    auto* to = out->add_mirrors();
    set_destination(backend, to->mutable_destination());
    if (mirror.percent) to->mutable_percentage()->set_value(*mirror.percent);
  }

  Backend resolve(const BackendRef& ref) {
    Backend backend = resolve_backend(reads_, route_.key, ref, grants_);
    if (backend.reason) complain(backend.reason, backend.message);
    return backend;
  }

  static void set_destination(const Backend& backend, api::Destination* out) {
    out->set_host(backend.host);
    out->mutable_port()->set_number(backend.port);
  }

  void complain(const char* reason, std::string message) { fail(out_.conditions, "ResolvedRefs", reason, std::move(message)); }

  Reads& reads_;
  const mesh::Object& route_;
  const bool grants_;
  HttpRules out_;
};

}  // namespace

HttpRules convert_rules(Reads& reads, const mesh::Object& route, bool grants) { return Rules(reads, route, grants).run(); }

}  // namespace amime::source::gateway_api
